import { Transform } from "node:stream";
import type { OutputFrame, Session } from "../../console/client/console-client.ts";
import type { ExecMemory } from "./exec-memory.ts";

/** The session without the output that the exec was created without. A terminal's output is all stdout. */
export function withoutStreams(
  session: Session,
  { attachStdout, attachStderr }: Pick<ExecMemory, "attachStdout" | "attachStderr">,
): Session {
  if (attachStdout && attachStderr) return session;
  const wanted = { stdout: attachStdout, stderr: attachStderr, exit: true, error: true };
  const output = new Transform({
    objectMode: true,
    transform: (frame: OutputFrame, _encoding, done) =>
      wanted[frame.type] ? done(null, frame) : done(),
  });
  session.output.on("error", (error) => output.destroy(error)).pipe(output);
  return {
    stdin: session.stdin,
    output,
    resize: (size) => session.resize(size),
    close: () => session.close(),
  };
}
