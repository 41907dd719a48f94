import { type ClientHttp2Stream, constants } from "node:http2";
import { Readable, Writable } from "node:stream";
import type { Session, Size } from "./console-client.ts";
import { encodeInput, FrameDecoder, readOutput } from "./frames.ts";
import { unavailable } from "./http2-pool.ts";

/** Output frames of an answer, object mode; whoever destroys it hangs up. An end without END_STREAM is an error. */
export function outputOf(stream: ClientHttp2Stream): Readable {
  const decoder = new FrameDecoder();
  let whole = false;
  const output = new Readable({
    objectMode: true,
    highWaterMark: 8,
    read: () => void stream.resume(),
    destroy(error, done) {
      stream.close(constants.NGHTTP2_CANCEL);
      done(error);
    },
  });
  output.on("error", () => {}); // whoever reads it hears of it; nobody may, yet
  let cause: Error = new Error("it hung up");
  stream
    .on("data", (chunk: Buffer) => {
      try {
        let room = true;
        for (const frame of decoder.push(chunk)) room = output.push(readOutput(frame));
        if (!room) stream.pause();
      } catch (error) {
        output.destroy(error as Error);
      }
    })
    .on("end", () => {
      // A reset ends it too; its code tells which it was.
      if (decoder.partial || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
      whole = true;
      output.push(null);
      stream.end();
    })
    .on("error", (error: Error) => (cause = error))
    .on("close", () => {
      if (!whole) output.destroy(unavailable(cause));
    });
  stream.pause();
  return output;
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
