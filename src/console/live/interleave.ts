import type { Readable } from "node:stream";
import type { AgentCommand } from "../sessions/agents.ts";

/** How much of a command's output waits here at most for its reader, beside what its channel holds. */
const MAX_HELD = 64 * 1024;

/** Both outputs of a command in the order in which they come; ends with them, however that comes about. */
export async function* interleave(
  command: Pick<AgentCommand, "stdout" | "stderr">,
): AsyncGenerator<{ readonly type: "stdout" | "stderr"; readonly data: Buffer }> {
  const queue: { type: "stdout" | "stderr"; data: Buffer }[] = [];
  const streams: readonly (readonly ["stdout" | "stderr", Readable])[] = [
    ["stdout", command.stdout],
    ["stderr", command.stderr],
  ];
  let held = 0;
  let open = streams.length;
  let wake = (): void => {};
  for (const [type, stream] of streams) {
    let isOpen = true;
    const end = (): void => {
      if (isOpen) open--;
      isOpen = false;
      wake();
    };
    stream.on("data", (data: Buffer) => {
      queue.push({ type, data });
      held += data.length;
      if (held > MAX_HELD) for (const [, each] of streams) each.pause();
      wake();
    });
    stream.once("end", end).once("close", end).on("error", end);
    if (stream.readableEnded || stream.destroyed) end();
  }
  for (;;) {
    const next = queue.shift();
    if (next !== undefined) {
      held -= next.data.length;
      if (held === 0) for (const [, each] of streams) each.resume();
      yield next;
    } else if (open === 0) return;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}
