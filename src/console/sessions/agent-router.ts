import { pause } from "../../kube/backoff.ts";
import { ConsoleError } from "../client/console-client.ts";
import type { Lines } from "../lines/lines.ts";
import type { Link } from "../links/link.ts";
import type { Links } from "../links/links.ts";
import type { AgentCommand, Agents, CommandStreams } from "./agents.ts";
import { readAnswer, refusal } from "./answer.ts";
import { startOver } from "./link-streams.ts";

/** How long our own line may take before other consoles are asked whether they have it, and how often they are. */
const ALONE_MS = 250;
const ASK_AGAIN_MS = 500;
const MAX_WAIT_MS = 4_000;
const DOUBT_MS = 1_000;
const SILENCE_MS = 3_000;

/** Other consoles of the installation, as ways to guests. */
export interface OtherConsoles {
  /** Starts a command over a line that another console has; undefined where none has one. */
  start(guestId: string, name: string, signal: AbortSignal): Promise<CommandStreams | undefined>;
}

/**
 * The agents in guests, over whatever way there is to each: the network where it dialled in, its serial line, or another console
 * that has it.
 */
export class AgentRouter implements Agents {
  readonly #links: Links;
  readonly #lines: Lines;
  readonly #others: OtherConsoles | undefined;

  constructor(links: Links, lines: Lines, others?: OtherConsoles) {
    this.#links = links;
    this.#lines = lines;
    this.#others = others;
  }

  isLined(guestId: string): boolean {
    return this.#links.get(guestId) !== undefined || this.#lines.has(guestId);
  }

  onLined(listener: (guestId: string) => void): () => void {
    const stops = [this.#links.onLinked(listener), this.#lines.onLined(listener)];
    return () => stops.forEach((stop) => stop());
  }

  async command(
    guestId: string,
    name: string,
    params: object,
    signal: AbortSignal,
  ): Promise<AgentCommand> {
    const streams = await this.#start(guestId, name, signal);
    try {
      await write(streams, `${JSON.stringify(params)}\n`, signal);
      const answer = await readAnswer(streams.stdout, signal);
      const refused = refusal(answer);
      if (refused !== undefined) throw refused;
      return { ...streams, answer };
    } catch (error) {
      streams.close();
      throw failed(name, error);
    }
  }

  /**
   * Starts a command over a way of this console's own; its parameters, and its answer, are the caller's.
   * @throws ConsoleError
   */
  async start(guestId: string, name: string, signal: AbortSignal): Promise<CommandStreams> {
    for (;;) {
      const link = this.#links.get(guestId) ?? (await this.#lines.link(guestId, signal));
      const begun = new AbortController();
      void this.#closeIfDead(link, begun.signal);
      try {
        return await startOver(link, name, signal);
      } catch (error) {
        // It broke before the guest has taken the command: over the next it may.
        if (!link.closed || signal.aborted) throw failed(name, error);
      } finally {
        begun.abort();
      }
    }
  }

  /** A guest that takes long to begin a command may be busy, or on the move, or may not know our link any more. */
  async #closeIfDead(link: Link, begun: AbortSignal): Promise<void> {
    await pause(DOUBT_MS, begun);
    const moves = () => this.#lines.isMoving(link.guestId);
    if (begun.aborted || link.closed || moves()) return;
    if ((await link.alive(SILENCE_MS)) || begun.aborted || moves()) return;
    link.close();
  }

  /** Over the first way that comes about. */
  async #start(guestId: string, name: string, signal: AbortSignal): Promise<CommandStreams> {
    const others = this.#others;
    if (others === undefined) return this.start(guestId, name, signal);
    const lost = new AbortController();
    const stop = AbortSignal.any([signal, lost.signal]);
    const own = this.start(guestId, name, stop);
    const elsewhere = this.#startElsewhere(others, guestId, name, stop);
    try {
      const [won, other] = await Promise.race([
        own.then((streams) => [streams, elsewhere] as const),
        // What others say counts where they have it.
        elsewhere.then(async (streams) => [streams ?? (await own), own] as const),
      ]);
      other.then((late) => late !== won && late?.close()).catch(() => {});
      return won;
    } catch (error) {
      elsewhere.then((late) => late?.close()).catch(() => {});
      throw error;
    } finally {
      lost.abort(new Error("there is another way"));
    }
  }

  /** @returns undefined once the signal aborts */
  async #startElsewhere(
    others: OtherConsoles,
    guestId: string,
    name: string,
    signal: AbortSignal,
  ): Promise<CommandStreams | undefined> {
    await pause(this.isLined(guestId) ? ALONE_MS : 0, signal);
    for (let waitMs = ASK_AGAIN_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
      const streams = await others.start(guestId, name, signal).catch(() => undefined);
      if (streams !== undefined) return streams;
      await pause(waitMs, signal);
    }
    return undefined;
  }
}

/** Writes a line, unless the signal aborts before. A guest that doesn't take it says why in its answer, or by its end. */
function write({ stdin }: CommandStreams, line: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) return onAbort();
    stdin.write(line, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}

const failed = (name: string, error: unknown): ConsoleError =>
  error instanceof ConsoleError
    ? error
    : new ConsoleError(502, "AgentFailed", `${name}: ${(error as Error).message}`);
