import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { DetachScanner } from "./detach-keys.ts";

/**
 * Carries what a client sends to a process's input, until it ends, which is the end of the process's input. What a process doesn't want any more is
 * thrown away. Resolves when there is nothing more to carry, true where the detach keys were typed. Never throws.
 */
export async function sendInput(
  client: Readable,
  stdin: Writable,
  detachKeys: Buffer | undefined,
  stop: AbortSignal,
): Promise<boolean> {
  const scanner = detachKeys === undefined ? undefined : new DetachScanner(detachKeys);
  let wanted = true;
  // A process that ended, or closed its input.
  stdin.on("error", () => (wanted = false)).on("close", () => (wanted = false));
  try {
    // Leaving the loop must not close the connection: the output goes on.
    for await (const typed of client.iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Buffer>) {
      const { data, detached } = scanner?.push(typed) ?? { data: typed, detached: false };
      if (wanted && data.length > 0 && !stdin.write(data)) await drained(stdin, stop);
      if (detached) return true;
      if (stop.aborted) return false;
    }
  } catch {
    return false; // The client is gone; whoever carries the output notices too.
  }
  if (wanted) stdin.end(scanner?.flush());
  return false;
}

/** Resolves when more may be written, or nothing more can be. */
async function drained(stdin: Writable, stop: AbortSignal): Promise<void> {
  const settled = new AbortController();
  const signal = AbortSignal.any([stop, settled.signal]);
  const ways = [once(stdin, "drain", { signal }), once(stdin, "close", { signal })];
  await Promise.race(ways).catch(() => undefined);
  settled.abort();
  await Promise.allSettled(ways);
}
