import type { Readable, Writable } from "node:stream";
import type { Size } from "../client/console-client.ts";

/** The streams of a command that goes on in a guest. */
export interface CommandStreams {
  /** Standard input: `write` and `drain` follow what the guest and the way to it can take; `end()` is its end. */
  readonly stdin: Writable;
  /** Buffers. Reading slowly holds the guest up, and nothing else of this guest. */
  readonly stdout: Readable;
  /** Buffers. Must be read too. */
  readonly stderr: Readable;
  /** The exit status, once all output is read; rejects where the way to the guest broke before there was one. */
  readonly exited: Promise<number>;
  /** Sets the size of its terminal. */
  setWindow(size: Size): void;
  /** Hangs up: the command's streams end, and `exited` rejects unless it had ended. */
  close(): void;
}

/** A command (docs/guest-protocol.md, "Line", Commands) and its answer; the streams are what follows that. */
export interface AgentCommand extends CommandStreams {
  /** The first line of its output, parsed. */
  readonly answer: Readonly<Record<string, unknown>>;
}

/** The agents in guests, as sessions use them. */
export interface Agents {
  /**
   * Starts a command in a guest and awaits its answer. Where there is no proven way to the guest yet it waits for one, as long as the
   * signal allows: for a line or a link, for the host key of the current run in `status.agent`, for the handshake. Once the command
   * goes on, the signal has no say any more: {@link AgentCommand.close} ends it.
   * @throws ConsoleError 503 `NoLine` where no way came about until the signal aborted, 502 `AgentFailed` where it broke or the agent talks
   * nonsense; the guest's own refusals with their reason (`NotRunning`, `NoTerminal`, `NotFound`, `Started` …)
   */
  command(
    guestId: string,
    name: string,
    params: object,
    signal: AbortSignal,
  ): Promise<AgentCommand>;
  /** Whether there is a line or a link to the guest here, proven or yet to be proven. */
  isLined(guestId: string): boolean;
  /** Calls back whenever a guest has a new line or link here. Returns the way to end that. */
  onLined(listener: (guestId: string) => void): () => void;
}
