import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";

const REPEAT_MS = 500;

/**
 * Begins anew with the guest at the other end of a serial line (docs/guest-protocol.md, "Line"): says a word of this moment until the
 * guest has said it back, and discards all that came before. What comes after it stays in the stream.
 * @throws Error where the stream ends, or the reason of the signal
 */
export function synchronise(line: Duplex, signal: AbortSignal): Promise<void> {
  const nonce = randomBytes(16).toString("hex");
  const wanted = Buffer.from(`\n~vic-line/1 ready ${nonce}\n`);
  return new Promise((resolve, reject) => {
    let held: Buffer = Buffer.alloc(0);
    const settle = (error?: Error) => {
      clearInterval(repeat);
      line.off("readable", onReadable).off("close", onClose).off("error", settle);
      signal.removeEventListener("abort", onAbort);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onClose = () => settle(new Error("the serial line was cut"));
    const onAbort = () => settle(signal.reason as Error);
    const onReadable = () => {
      for (;;) {
        const chunk = line.read() as Buffer | null;
        if (chunk === null) return;
        held = Buffer.concat([held, chunk]);
        const at = held.indexOf(wanted);
        if (at >= 0) {
          const rest = held.subarray(at + wanted.length);
          settle();
          if (rest.length > 0) line.unshift(rest);
          return;
        }
        held = held.subarray(Math.max(0, held.length - wanted.length));
      }
    };
    const say = () => {
      // One that doesn't get through isn't followed by more.
      if (!line.writableNeedDrain) line.write(`\n~vic-line/1 ${nonce}\n`);
    };
    const repeat = setInterval(say, REPEAT_MS);
    line.on("readable", onReadable).on("close", onClose).on("error", settle);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else if (line.destroyed) onClose();
    else say();
  });
}
