import { type ClientHttp2Stream, constants } from "node:http2";
import { Readable } from "node:stream";
import { unavailable } from "./http2-pool.ts";

/** Takes the bytes of an answer apart, however they are split. */
export interface AnswerDecoder {
  /** Whether it waits for the rest of something. */
  readonly partial: boolean;
  /** @throws what the reader shall hear, where they make no sense */
  push(chunk: Buffer): Iterable<unknown>;
}

/**
 * What an answer says, object by object, no faster than it is read; whoever destroys it hangs up. An end without END_STREAM,
 * or in the middle of something, is an error.
 */
export function answerObjects(stream: ClientHttp2Stream, decoder: AnswerDecoder): Readable {
  let whole = false;
  let cause: Error = new Error("it hung up");
  const objects = new Readable({
    objectMode: true,
    highWaterMark: 8,
    read: () => void stream.resume(),
    destroy(error, done) {
      stream.close(constants.NGHTTP2_CANCEL);
      done(error);
    },
  });
  objects.on("error", () => {}); // whoever reads them hears of it; nobody may, yet
  stream
    .on("data", (chunk: Buffer) => {
      try {
        let room = true;
        for (const object of decoder.push(chunk)) room = objects.push(object);
        if (!room) stream.pause();
      } catch (error) {
        objects.destroy(error as Error);
      }
    })
    .on("end", () => {
      // A reset ends it too; its code tells which it was.
      if (decoder.partial || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
      whole = true;
      objects.push(null);
      stream.end();
    })
    .on("error", (error: Error) => (cause = error))
    .on("close", () => {
      if (!whole) objects.destroy(unavailable(cause));
    });
  stream.pause();
  return objects;
}
