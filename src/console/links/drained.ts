import type { Writable } from "node:stream";

/** Waits until a stream takes more, or never will, or the signal aborts. */
export function drained(stream: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done).off("close", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    stream.on("drain", done).on("close", done);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted || !stream.writableNeedDrain) done();
  });
}
