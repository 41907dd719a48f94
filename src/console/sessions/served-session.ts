import type { Readable, Writable } from "node:stream";
import type { Size } from "../client/console-client.ts";

/** Both ways with a process, from the console's side: what the HTTP API carries in frames. */
export interface ServedSession {
  /** Standard input: back-pressure by `write` and `drain`; `end()` is its end and leaves the output open. */
  readonly stdin: Writable;
  /** Object mode, OutputFrames in order; ends after the last. An `error` frame says why it ends early. */
  readonly output: Readable;
  resize(size: Size): void;
  /** Hangs up; the process goes on. Idempotent. */
  close(): void;
}
