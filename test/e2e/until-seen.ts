import { setTimeout as sleep } from "node:timers/promises";

/** Generous: a machine may be busy, and no test is about time. */
export const PATIENCE_MS = 120_000;

/**
 * Looks until what is seen holds, and returns it. A look that throws (a server that is just away)
 * is one that doesn't hold. Where it never does, the error shows what was seen last.
 */
export async function untilSeen<T>(
  what: string,
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  let last: unknown = "nothing";
  for (;;) {
    try {
      const seen = await look();
      if (holds(seen)) return seen;
      last = seen;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what} never came; seen last:\n${shown(last)}`);
    await sleep(250);
  }
}

const shown = (value: unknown): string =>
  value instanceof Error
    ? String(value)
    : typeof value === "string"
      ? value
      : JSON.stringify(value, null, 2);
