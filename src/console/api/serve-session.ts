import { constants, type ServerHttp2Stream } from "node:http2";
import type { Readable } from "node:stream";
import { ConsoleError, type OutputFrame } from "../client/console-client.ts";
import { encodeOutput, FrameDecoder, readInput } from "../client/frames.ts";
import { drained } from "../links/drained.ts";
import type { ServedSession } from "../sessions/served-session.ts";

/** Carries a session over a request and its answer until its output ends, or whoever asked hangs up. */
export async function serveSession(
  stream: ServerHttp2Stream,
  session: ServedSession,
): Promise<void> {
  stream.once("close", () => session.close());
  takeInput(stream, session);
  await sendOutput(stream, session.output);
}

/** Sends frames, as fast as they are read, and ends the answer after the last. What ends them early is told in a frame. */
export async function sendOutput(stream: ServerHttp2Stream, output: Readable): Promise<void> {
  const gone = new AbortController();
  stream.once("close", () => {
    gone.abort();
    output.destroy();
  });
  if (!stream.headersSent) stream.respond({ ":status": 200 });
  try {
    for await (const frame of output as AsyncIterable<OutputFrame>) {
      if (stream.destroyed) return;
      if (!stream.write(encodeOutput(frame))) await drained(stream, gone.signal);
    }
  } catch (error) {
    if (!stream.writable) return;
    stream.write(encodeOutput({ type: "error", ...described(error) }));
  }
  if (stream.writable) stream.end();
}

/** What whoever asked is told of an error; one of our own is an agent that failed. */
export function described(error: unknown): { readonly reason: string; readonly message: string } {
  return error instanceof ConsoleError
    ? { reason: error.reason, message: error.message }
    : { reason: "AgentFailed", message: (error as Error).message };
}

function takeInput(stream: ServerHttp2Stream, session: ServedSession): void {
  const { stdin } = session;
  const decoder = new FrameDecoder();
  stdin.on("error", () => {}); // a process that reads no more is no failure
  stdin.on("drain", () => stream.resume()).on("close", () => stream.resume());
  stream
    .on("data", (chunk: Buffer) => {
      try {
        for (const frame of decoder.push(chunk)) {
          const input = readInput(frame);
          if (input.type === "size") session.resize(input.size);
          else if (stdin.writable && !stdin.write(input.data)) stream.pause();
        }
      } catch {
        stream.destroy(); // whoever sends no frames is sent none
      }
    })
    .on("end", () => {
      // Whoever is cut off hasn't said that this is the end of the input.
      if (!stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR) stdin.end();
    });
}
