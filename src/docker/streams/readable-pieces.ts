import type { Readable } from "node:stream";

/** Streams that are filled as they are read would otherwise never be left. */
const MAX_BATCH = 64;

/**
 * What a stream holds, all at once, whenever it holds something: an object-mode stream of small pieces costs one turn per batch, not per piece.
 *
 * @throws the stream's error; where it was destroyed without one, the iteration ends
 */
export async function* batchesOf<T>(stream: Readable): AsyncGenerator<T[], void, undefined> {
  for (;;) {
    const batch: T[] = [];
    while (batch.length < MAX_BATCH) {
      const piece = stream.read() as T | null;
      if (piece === null) break;
      batch.push(piece);
    }
    if (batch.length > 0) yield batch;
    else if (stream.errored !== null) throw stream.errored;
    else if (stream.readableEnded || stream.destroyed) return;
    else await moved(stream);
  }
}

/** Resolves when there is something to read, or nothing will come any more. */
export function moved(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    const events = ["readable", "end", "close", "error"] as const;
    const settle = (): void => {
      for (const event of events) stream.off(event, settle);
      resolve();
    };
    for (const event of events) stream.on(event, settle);
  });
}
