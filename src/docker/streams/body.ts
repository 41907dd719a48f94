import type { Readable } from "node:stream";
import { moved } from "./readable-pieces.ts";

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
    } else if (source.readableEnded || source.destroyed) {
      throw new BodyCutOffError();
    } else {
      await moved(source);
    }
  }
  return Buffer.concat(parts);
}
