import type { ClientHttp2Stream } from "node:http2";
import type { Readable } from "node:stream";
import { type AnswerDecoder, answerObjects } from "./answer-objects.ts";
import { unavailable } from "./http2-pool.ts";

const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** Lines of JSON of an answer, as objects; whoever destroys it hangs up. An end that isn't one is an error. */
export const jsonLines = (stream: ClientHttp2Stream): Readable =>
  answerObjects(stream, new LineDecoder());

class LineDecoder implements AnswerDecoder {
  #held: Buffer = Buffer.alloc(0);

  get partial(): boolean {
    return this.#held.length > 0;
  }

  *push(chunk: Buffer): Iterable<unknown> {
    const bytes = Buffer.concat([this.#held, chunk]);
    const end = bytes.lastIndexOf("\n") + 1;
    this.#held = bytes.subarray(end);
    try {
      if (this.#held.length > MAX_LINE_BYTES) throw new Error("its answer is too long");
      for (const line of bytes.toString("utf8", 0, end).split("\n"))
        if (line !== "") yield JSON.parse(line);
    } catch (error) {
      throw unavailable(error);
    }
  }
}
