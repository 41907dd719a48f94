import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { AgentCommand, Agents } from "../sessions/agents.ts";

/** How long after a way to a guest failed the next attempt is made. */
const RETRY_MS = 1_000;

/**
 * Has a guest begin a command, however often that takes. Nobody waits for it alone: an attempt goes on while those who wait look
 * elsewhere meanwhile.
 */
export class CommandAttempts {
  readonly #agents: Agents;
  readonly #guestId: string;
  readonly #name: string;
  readonly #signal: AbortSignal;
  #attempt: Promise<AgentCommand | undefined> | undefined;

  /** @param signal ends the attempts; a command that comes about nevertheless is hung up */
  constructor(agents: Agents, guestId: string, name: string, signal: AbortSignal) {
    this.#agents = agents;
    this.#guestId = guestId;
    this.#name = name;
    this.#signal = signal;
  }

  /**
   * The command, or nothing where it hasn't begun after so many milliseconds: asked again, the attempt goes on, with the
   * parameters that it was made with.
   */
  async within(ms: number, params: object): Promise<AgentCommand | undefined> {
    this.#attempt ??= this.#begin(params);
    const timer = new AbortController();
    const waited = delay(ms, undefined, {
      signal: AbortSignal.any([timer.signal, this.#signal]),
    }).catch(() => undefined);
    try {
      const command = await Promise.race([this.#attempt, waited]);
      if (command !== undefined) this.#attempt = undefined;
      return command;
    } finally {
      timer.abort();
    }
  }

  async #begin(params: object): Promise<AgentCommand | undefined> {
    while (!this.#signal.aborted) {
      try {
        const command = await this.#agents.command(this.#guestId, this.#name, params, this.#signal);
        if (!this.#signal.aborted) return command;
        command.close();
      } catch {
        // Whatever it is, the log has the output meanwhile; the run's end ends the attempts.
        await delay(RETRY_MS, undefined, { signal: this.#signal }).catch(() => undefined);
      }
    }
    return undefined;
  }
}

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
