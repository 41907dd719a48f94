import { Readable } from "node:stream";
import type { OutputFrame } from "../client/console-client.ts";
import type { CommandStreams } from "./agents.ts";
import type { ServedSession } from "./served-session.ts";

/** A command's streams as a session: its output in frames, and its exit status last. */
export function commandSession(command: CommandStreams): ServedSession {
  const { stdin, stdout, stderr, exited } = command;
  const sources = [stdout, stderr];
  const output = new Readable({
    objectMode: true,
    highWaterMark: 16,
    read: () => sources.forEach((source) => source.resume()),
    destroy(error, done) {
      command.close();
      done(error);
    },
  });
  const carry = (source: Readable, type: "stdout" | "stderr") =>
    source.on("data", (data: Buffer) => {
      if (output.destroyed || output.push({ type, data } satisfies OutputFrame)) return;
      sources.forEach((each) => each.pause());
    });
  carry(stdout, "stdout");
  carry(stderr, "stderr");
  // It comes after the last byte of both.
  exited.then(
    (exitCode) => end({ type: "exit", exitCode }),
    (error: Error) => end({ type: "error", reason: "AgentFailed", message: error.message }),
  );
  const end = (frame: OutputFrame) => {
    if (output.destroyed) return;
    output.push(frame);
    output.push(null);
  };
  return {
    stdin,
    output,
    resize: (size) => command.setWindow(size),
    close: () => void output.destroy(),
  };
}
