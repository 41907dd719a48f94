import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { OutputFrame } from "../../console/client/console-client.ts";
import { batchesOf } from "./readable-pieces.ts";
import { type StreamName, stdcopyFrame } from "./stdcopy.ts";

/** How output ended: whole; because the signal aborted; or broken off. */
export type OutputEnd =
  | { readonly type: "ended"; readonly exitCode?: number }
  | { readonly type: "stopped" }
  | { readonly type: "failed"; readonly message: string };

/** A piece of a stream as it goes to the client: a terminal's raw, others in frames. */
export const encode = (tty: boolean, stream: StreamName, data: Buffer): Buffer =>
  tty ? data : stdcopyFrame(stream, data);

/**
 * Writes a process's output to a client until it ends or the signal aborts, and reads no faster than the client does. Doesn't end the client's
 * stream. Never throws.
 */
export async function sendOutput(
  output: Readable,
  client: Writable,
  tty: boolean,
  stop: AbortSignal,
): Promise<OutputEnd> {
  const halt = (): void => void output.destroy();
  stop.addEventListener("abort", halt, { once: true });
  if (stop.aborted) halt();
  let end: OutputEnd = { type: "ended" };
  try {
    for await (const frames of batchesOf<OutputFrame>(output)) {
      const pieces: Buffer[] = [];
      for (const frame of frames) {
        if (frame.type === "exit") end = { type: "ended", exitCode: frame.exitCode };
        else if (frame.type === "error") end = { type: "failed", message: frame.message };
        else pieces.push(encode(tty, frame.type, frame.data));
      }
      if (pieces.length > 0 && !client.write(Buffer.concat(pieces)))
        await once(client, "drain", { signal: stop });
    }
  } catch (error) {
    if (!stop.aborted) end = { type: "failed", message: brokenOff(error) };
  } finally {
    stop.removeEventListener("abort", halt);
    output.on("error", () => undefined);
    output.destroy();
  }
  return stop.aborted ? { type: "stopped" } : end;
}

const brokenOff = (error: unknown): string =>
  `the connection to the container broke off: ${error instanceof Error ? error.message : String(error)}`;
