import { Link, type LinkIdentity } from "../links/link.ts";
import type { Line } from "./line.ts";
import { synchronise } from "./synchronise.ts";

/** Of one VM. */
const MAX_LINES = 4;
const SYNC_MS = 5_000;
const HANDSHAKE_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
/** How long a guest may be silent that is asked whether it lives; and how often in a row. */
const SILENCE_MS = 5_000;
const SILENCES = 2;

interface Proven {
  readonly line: Line;
  readonly link: Link;
  readonly hostKey: string;
}

/**
 * The serial lines that claim to be one VM's: the one that has proven it, at most, and others. A newcomer never displaces the
 * proven one, nor the first; but it makes us look whether the proven one still lives.
 */
export class GuestLines {
  readonly #guestId: string;
  readonly #lines: Line[] = [];
  #proven: Proven | undefined;
  #attempt: { readonly hostKey: string; readonly link: Promise<Link> } | undefined;

  constructor(guestId: string) {
    this.#guestId = guestId;
  }

  get size(): number {
    return this.#lines.length;
  }

  [Symbol.iterator](): Iterator<Line> {
    return [...this.#lines].values();
  }

  /** Takes a line that hasn't proven anything. Where there are too many, the newest of those before it goes. */
  add(line: Line): void {
    if (this.#lines.length >= MAX_LINES) {
      const unproven = this.#lines.slice(1).filter((other) => other !== this.#proven?.line);
      unproven.at(-1)?.end();
    }
    if (!line.ended) this.#lines.push(line);
    if (this.#proven !== undefined) void this.#doubt(this.#proven);
  }

  remove(line: Line): void {
    const at = this.#lines.indexOf(line);
    if (at >= 0) this.#lines.splice(at, 1);
  }

  /**
   * A line says that its host takes the VM over from another host's line (vMotion). Where that is one of ours, it becomes that one. Where
   * it isn't, another console has it, and this one is as good as any newcomer; unless we have the proven one: then it is a lie.
   */
  peer(line: Line, cookie: Buffer): void {
    const mover = this.#lines.find((other) => other !== line && other.expects(cookie));
    if (mover !== undefined) mover.welcome(line.surrender());
    else if (this.#proven === undefined) line.acceptMove(cookie);
    else if (this.#proven.line !== line) line.end();
  }

  /** The proven way to the guest, if it has shown this key. */
  proven(hostKey: string): Link | undefined {
    const proven = this.#proven;
    return proven?.hostKey === hostKey && !proven.link.closed ? proven.link : undefined;
  }

  /** Ends what was proven by another key: that run of the guest is over. */
  expire(hostKey: string): void {
    if (this.#proven !== undefined && this.#proven.hostKey !== hostKey) this.#proven.link.close();
  }

  /**
   * Tries all lines at once, and takes the first whose guest proves itself; who asks meanwhile shares the attempt.
   * @throws Error where none does, in moments or after {@link SYNC_MS} and {@link HANDSHAKE_MS} at most
   */
  prove(identity: LinkIdentity): Promise<Link> {
    if (this.#attempt?.hostKey === identity.hostKey) return this.#attempt.link;
    const link = this.#prove(identity).finally(() => {
      if (this.#attempt?.link === link) this.#attempt = undefined;
    });
    this.#attempt = { hostKey: identity.hostKey, link };
    return link;
  }

  async #prove(identity: LinkIdentity): Promise<Link> {
    this.expire(identity.hostKey);
    const won = new AbortController();
    const attempts = this.#lines.map((line) => this.#proveLine(line, identity, won.signal));
    try {
      const proven = await Promise.any(attempts);
      this.#proven = proven;
      proven.link.onClose(() => {
        if (this.#proven === proven) this.#proven = undefined;
      });
      void this.#keepAlive(proven);
      return proven.link;
    } catch (error) {
      const [reason] = (error as AggregateError).errors as Error[];
      throw reason ?? new Error("there is no serial line");
    } finally {
      won.abort(new Error("another line has proven itself"));
    }
  }

  async #proveLine(line: Line, identity: LinkIdentity, won: AbortSignal): Promise<Proven> {
    const stream = line.open();
    stream.on("error", () => {}); // whoever uses it hears of it by its end
    try {
      await synchronise(stream, AbortSignal.any([won, AbortSignal.timeout(SYNC_MS)]));
      const link = await Link.prove(this.#guestId, stream, identity, HANDSHAKE_MS, 0);
      if (won.aborted) link.close();
      won.throwIfAborted();
      return { line, link, hostKey: identity.hostKey };
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /**
   * Asks again and again whether the guest still lives. Where it doesn't, only the handshake is void: over the same line the next may
   * succeed, for a line that was damaged on the way tells neither end.
   */
  async #keepAlive(proven: Proven): Promise<void> {
    const { link } = proven;
    for (let silences = 0; silences < SILENCES;) {
      await new Promise((resolve) => setTimeout(resolve, KEEP_ALIVE_MS).unref());
      if (link.closed) return;
      silences = (await lives(proven)) ? 0 : silences + 1;
    }
    link.close();
  }

  async #doubt(proven: Proven): Promise<void> {
    if (!(await lives(proven))) proven.link.close();
  }
}

/** Whether anything comes from the guest, if it can. */
const lives = async ({ line, link }: Proven): Promise<boolean> =>
  line.moving || (await link.alive(SILENCE_MS)) || line.moving;
