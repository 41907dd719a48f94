import { vi } from "vitest";

/** Repeats an assertion until it holds: soon where all is well, with patience for a machine that is busy. */
export function eventually<T>(assertion: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { timeout: 100_000, interval: 20 });
}
