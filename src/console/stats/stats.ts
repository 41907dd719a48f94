import { Readable } from "node:stream";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { boundedLines } from "../sessions/bounded-lines.ts";
import { ConsoleError, type GuestStats } from "../client/console-client.ts";
import type { AgentCommand } from "../sessions/agents.ts";
import type { StreamDependencies } from "../logs/stream-dependencies.ts";
import { readSample } from "./sample.ts";

const MAX_LINE = 64 * 1024;
/** How long a guest may take to be reached. */
const REACH_MS = 15_000;

/**
 * What a container uses: object mode, GuestStats, one per second with `stream`, else one. It ends with the container's run, and
 * fails where the way to the guest breaks.
 * @throws ConsoleError `NotRunning`, `NoLine`
 */
export async function openStats(
  { agents, containers }: StreamDependencies,
  container: ContainerVM,
  stream: boolean,
  signal: AbortSignal,
): Promise<Readable> {
  const { state } = containers.now(container)?.status ?? {};
  if (state !== "Running" && state !== "Stopping")
    throw new ConsoleError(
      409,
      "NotRunning",
      `Container ${idOfContainer(container)} is not running`,
    );
  const reached = AbortSignal.any([signal, AbortSignal.timeout(REACH_MS)]);
  const command = await agents.command(idOfContainer(container), "stats", { stream }, reached);
  const output = Readable.from(samples(command), { highWaterMark: 2 });
  const onAbort = (): void => void output.destroy();
  output.once("close", () => {
    command.close();
    signal.removeEventListener("abort", onAbort);
  });
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return output;
}

async function* samples(command: AgentCommand): AsyncGenerator<GuestStats> {
  command.stderr.resume();
  command.exited.catch(() => {});
  // With one sample alone, that is the answer.
  const first = readSample(JSON.stringify(command.answer));
  if (first) yield first;
  for await (const line of boundedLines(command.stdout, MAX_LINE)) {
    const sample = readSample(line);
    if (sample) yield sample;
  }
  await command.exited;
}
