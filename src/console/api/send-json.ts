import type { ServerHttp2Stream } from "node:http2";
import type { Readable } from "node:stream";
import { drained } from "../links/drained.ts";

/** Sends objects as lines of JSON, as fast as they are read, and ends the answer after the last; a failure cuts it off. */
export async function sendJsonLines(stream: ServerHttp2Stream, objects: Readable): Promise<void> {
  const gone = new AbortController();
  stream.once("close", () => {
    gone.abort();
    objects.destroy();
  });
  stream.respond({ ":status": 200, "content-type": "application/jsonl" });
  try {
    for await (const object of objects as AsyncIterable<object>) {
      if (stream.destroyed) return;
      if (!stream.write(`${JSON.stringify(object)}\n`)) await drained(stream, gone.signal);
    }
    if (stream.writable) stream.end();
  } catch (error) {
    stream.destroy(error as Error);
  }
}
