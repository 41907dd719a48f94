import type { ClientHttp2Stream } from "node:http2";
import { type Readable, Writable } from "node:stream";
import { type AnswerDecoder, answerObjects } from "./answer-objects.ts";
import type { OutputFrame, Session, Size } from "./console-client.ts";
import { encodeInput, FrameDecoder, readOutput } from "./frames.ts";

/** Output frames of an answer, object mode; whoever destroys it hangs up. An end without END_STREAM is an error. */
export const outputOf = (stream: ClientHttp2Stream): Readable =>
  answerObjects(stream, new OutputDecoder());

class OutputDecoder implements AnswerDecoder {
  readonly #frames = new FrameDecoder();

  get partial(): boolean {
    return this.#frames.partial;
  }

  *push(chunk: Buffer): Iterable<OutputFrame> {
    for (const frame of this.#frames.push(chunk)) yield readOutput(frame);
  }
}

/** Both ways with a process, over one request. */
export function sessionOf(stream: ClientHttp2Stream): Session {
  const output = outputOf(stream);
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (stream.destroyed || stream.writableEnded) return done();
      stream.write(encodeInput({ type: "stdin", data: chunk }), () => done());
    },
    final(done) {
      if (!stream.destroyed) stream.end();
      done();
    },
  });
  stdin.on("error", () => {});
  output.on("close", () => stdin.destroy());
  return {
    stdin,
    output,
    resize(size: Size) {
      if (!stream.destroyed && !stream.writableEnded)
        stream.write(encodeInput({ type: "size", size }));
    },
    close: () => void output.destroy(),
  };
}
