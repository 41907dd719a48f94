import type { Logger } from "pino";
import { ConsoleError } from "../client/console-client.ts";
import type { Link, LinkIdentity } from "../links/link.ts";
import type { HostConnection } from "../vspc/host-connection.ts";
import { GuestLines } from "./guest-lines.ts";
import { Line } from "./line.ts";
import { noLineMessage } from "./no-line.ts";

/** Between two attempts at lines that don't prove themselves. */
const RETRY_MS = 500;

export interface LinesOptions {
  readonly log: Logger;
  /** Resolves once it is known how this guest proves itself in its current run; rejects where the signal aborts before. */
  identify(guestId: string, signal: AbortSignal): Promise<LinkIdentity>;
}

/** The serial lines that hosts have dialled in with, per guest. */
export class Lines {
  readonly #options: LinesOptions;
  readonly #guests = new Map<string, GuestLines>();
  readonly #listeners = new Set<(guestId: string) => void>();
  readonly #stopping = new AbortController();

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  /** Whether there is a line, proven or not. */
  has(guestId: string): boolean {
    return this.#guests.has(guestId);
  }

  /** Whether the guest's VM is between two hosts: nothing gets through to it then, and it isn't to blame. */
  isMoving(guestId: string): boolean {
    for (const line of this.#guests.get(guestId) ?? []) if (line.moving) return true;
    return false;
  }

  /** Calls back whenever a guest has a new line. */
  onLined(listener: (guestId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes the connection of a host that names this guest.
   * @param cookie by which it says already that it takes the VM over from another host
   */
  add(guestId: string, connection: HostConnection, cookie?: Buffer): void {
    const guest = this.#guests.get(guestId) ?? new GuestLines(guestId);
    const contended = guest.size > 0;
    this.#guests.set(guestId, guest);
    const line: Line = new Line(connection, {
      ended: () => {
        guest.remove(line);
        if (guest.size === 0 && this.#guests.get(guestId) === guest) this.#guests.delete(guestId);
      },
      peer: (said) => guest.peer(line, said),
    });
    guest.add(line);
    if (cookie !== undefined) guest.peer(line, cookie);
    if (guest.size === 0) this.#guests.delete(guestId);
    // Two can't both be it: so it is settled before anybody needs to know.
    if (contended && guest.size > 1) this.#settle(guestId);
    for (const listener of this.#listeners) listener(guestId);
  }

  /** The guest has begun another run, with this key: what was proven before is over. */
  expire(guestId: string, hostKey: string): void {
    this.#guests.get(guestId)?.expire(hostKey);
  }

  /**
   * The proven way to a guest; waits for a line, for the guest's key and for the handshake, as long as the signal allows.
   * @throws ConsoleError `NoLine`
   */
  async link(guestId: string, signal: AbortSignal): Promise<Link> {
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    let last: unknown;
    while (!stop.aborted) {
      try {
        const identity = await this.#options.identify(guestId, stop);
        const guest = this.#guests.get(guestId);
        const proven = guest?.proven(identity.hostKey);
        if (proven !== undefined) return proven;
        if (guest !== undefined) return await unlessAborted(guest.prove(identity), stop);
      } catch (error) {
        last = error;
      }
      await this.#change(guestId, stop);
    }
    const reason = last instanceof Error ? last.message : "none has proven itself in time";
    throw new ConsoleError(
      503,
      "NoLine",
      noLineMessage(guestId, this.has(guestId) ? reason : undefined),
    );
  }

  closeAll(): void {
    this.#stopping.abort(new Error("the console is stopping"));
    for (const guest of this.#guests.values()) for (const line of guest) line.end();
  }

  #settle(guestId: string): void {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(60_000)]);
    this.link(guestId, signal).catch((error: Error) =>
      this.#options.log.info(
        { guest: guestId.slice(0, 12), error: error.message },
        "none of several serial lines has proven itself",
      ),
    );
  }

  /** Resolves when there is a new line, after a moment, or when the signal aborts. */
  #change(guestId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        stop();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, RETRY_MS);
      const stop = this.onLined((lined) => lined === guestId && done());
      signal.addEventListener("abort", done, { once: true });
      if (signal.aborted) done();
    });
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return Promise.race([promise, aborted]).finally(() =>
    signal.removeEventListener("abort", onAbort),
  );
}
