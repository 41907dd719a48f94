import type { Readable } from "node:stream";
import type { WatchEvent } from "./client.ts";
import { ApiError, TransportError, type ApiStatus } from "./errors.ts";

/**
 * Reads the body of a watch: one JSON object per line. Returns when the server ends it in order.
 *
 * @throws ApiError on an ERROR event, TransportError where the connection broke.
 */
export async function* readWatch<T>(
  stream: Readable,
  label: string,
): AsyncGenerator<WatchEvent<T>> {
  // Pieces of the line that isn't complete yet; joined once, so that an object of many chunks isn't copied again and again.
  let pieces: Buffer[] = [];
  const chunks = stream[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<unknown>;
    try {
      next = await chunks.next();
    } catch (error) {
      const cause = error as NodeJS.ErrnoException;
      throw new TransportError(`${label}: ${cause.message}`, cause.code ?? "EUNKNOWN", error);
    }
    if (next.done) return;
    const chunk = next.value as Buffer;
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      pieces.push(chunk.subarray(start, end));
      const line = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      pieces = [];
      start = end + 1;
      if (line.length > 0) yield parseEvent<T>(line.toString("utf8"), label);
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
}

const eventTypes: ReadonlySet<string> = new Set(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]);

function parseEvent<T>(line: string, label: string): WatchEvent<T> {
  const event = JSON.parse(line) as { readonly type: string; readonly object: unknown };
  if (eventTypes.has(event.type)) return event as WatchEvent<T>;
  if (event.type !== "ERROR") throw new Error(`${label}: unknown event ${event.type}`);
  const status = event.object as ApiStatus;
  throw new ApiError(status.code ?? 500, status, label);
}
