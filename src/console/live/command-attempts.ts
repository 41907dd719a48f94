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
