import type { Readable } from "node:stream";

/** A body ends before its Content-Length. */
export class BodyCutOffError extends Error {
  override readonly name = "BodyCutOffError";

  constructor() {
    super("the body ends before its Content-Length");
  }
}

/**
 * Reads exactly so many bytes from the front of a stream and leaves what follows in it.
 *
 * @param source in paused mode
 * @throws BodyCutOffError where it ends before
 */
export async function readExactly(source: Readable, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let missing = length;
  while (missing > 0) {
    const chunk = source.read() as Buffer | null;
    if (chunk !== null) {
      parts.push(chunk.subarray(0, missing));
      if (chunk.length > missing) source.unshift(chunk.subarray(missing));
      missing -= Math.min(chunk.length, missing);
    } else if (source.readableEnded || source.destroyed || !(await isReadable(source))) {
      throw new BodyCutOffError();
    }
  }
  return Buffer.concat(parts);
}

/** Waits until there is something to read; false where nothing will come any more. */
function isReadable(source: Readable): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (more: boolean) => (): void => {
      source.off("readable", onReadable).off("end", onEnd).off("close", onEnd).off("error", onEnd);
      resolve(more);
    };
    const onReadable = settle(true);
    const onEnd = settle(false);
    source.on("readable", onReadable).on("end", onEnd).on("close", onEnd).on("error", onEnd);
  });
}
