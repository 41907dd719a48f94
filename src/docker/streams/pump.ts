import type { Duplex } from "node:stream";
import type { Session } from "../../console/client/console-client.ts";
import { sendInput } from "./input.ts";
import { encode, sendOutput } from "./output.ts";

export interface PumpOptions {
  /** A terminal's bytes go raw, others in frames. */
  readonly tty: boolean;
  /** Whether what the client sends is the process's input. */
  readonly stdin: boolean;
  /** Keys that hang up when they are typed; undefined for none. Docker looks for them on terminals only. */
  readonly detachKeys: Buffer | undefined;
  /** Ends the stream from outside; the client is told why. */
  readonly signal?: AbortSignal;
}

/** How a stream ended: all output was sent; the keys were typed; the client is gone; or it broke, which the client was told. */
export type PumpEnd =
  | { readonly type: "ended"; readonly exitCode?: number }
  | { readonly type: "detached" }
  | { readonly type: "gone" }
  | { readonly type: "failed"; readonly message: string };

/** A client that doesn't close its half once it has had everything is cut off after so many milliseconds. */
const LINGER_MS = 10_000;

/**
 * Carries bytes between a client's connection and a process until the output has ended. A client that reads slowly holds up the console's stream,
 * not memory. Closes the session and ends the connection in each case. Never throws.
 */
export async function pump(
  session: Session,
  connection: Duplex,
  options: PumpOptions,
): Promise<PumpEnd> {
  const gone = new AbortController();
  const detached = new AbortController();
  const hangUp = (): void => gone.abort();
  connection.once("close", hangUp);
  if (connection.destroyed) hangUp();
  const stop = AbortSignal.any([
    gone.signal,
    detached.signal,
    ...(options.signal === undefined ? [] : [options.signal]),
  ]);

  session.stdin.on("error", () => undefined);
  if (options.stdin) {
    void sendInput(connection, session.stdin, options.detachKeys, stop).then(
      (typed) => typed && detached.abort(),
    );
  } else {
    // Read to its end, or nobody would notice that the client is gone.
    connection.resume();
  }
  const end = await sendOutput(session.output, connection, options.tty, stop);
  connection.off("close", hangUp);
  session.close();
  if (gone.signal.aborted) return { type: "gone" };
  if (end.type === "failed" || (end.type === "stopped" && !detached.signal.aborted)) {
    const message = end.type === "failed" ? end.message : "the gateway is closing";
    hangUpOn(connection, encode(options.tty, "error", Buffer.from(`${message}\r\n`)));
    return { type: "failed", message };
  }
  hangUpOn(connection);
  return end.type === "ended" ? end : { type: "detached" };
}

/**
 * Sends what is left, however slowly the client reads, and ends the connection. What the client still says is thrown away, and a half that it never closes
 * is closed for it.
 */
export function hangUpOn(connection: Duplex, last?: Buffer): void {
  connection.once("finish", () => {
    const timer = setTimeout(() => connection.destroy(), LINGER_MS).unref();
    connection.once("close", () => clearTimeout(timer));
  });
  connection.end(last);
  connection.resume();
}
