import { Writable } from "node:stream";
import type { Link, LinkCommand } from "../links/link.ts";
import type { CommandStreams } from "./agents.ts";

/** Starts a command over a proven link. @throws Error where the link breaks, or the reason of the signal */
export async function startOver(
  link: Link,
  name: string,
  signal: AbortSignal,
): Promise<CommandStreams> {
  const command = await link.start(name, signal);
  const { stream, exited } = command;
  stream.on("error", () => {}); // `exited` tells
  return {
    stdin: input(command),
    stdout: stream,
    stderr: stream.stderr,
    exited,
    setWindow: ({ width, height }) => stream.setWindow(height, width, 0, 0),
    close() {
      stream.resume();
      stream.stderr.resume();
      stream.destroy();
    },
  };
}

/** A command's input as a stream that waits for the guest and for the way to it. */
function input(command: LinkCommand): Writable {
  const ended = new AbortController();
  const { stream } = command;
  const writable = new Writable({
    highWaterMark: 64 * 1024,
    write(chunk: Buffer, _encoding, done) {
      command
        .write(chunk, ended.signal)
        .then((taken) => done(taken ? null : new Error("the command takes no more input")), done);
    },
    final(done) {
      if (stream.writable) stream.end();
      done();
    },
    destroy(error, done) {
      ended.abort();
      done(error);
    },
  });
  writable.on("error", () => {}); // a process that reads no more is no failure of whoever writes
  stream.once("close", () => writable.destroy());
  return writable;
}
