import { setTimeout as sleep } from "node:timers/promises";

/** How long something may be out of order before a client gives up, milliseconds: longer than anything in a storm takes to come back. */
export const PATIENCE_MS = 120_000;

/** HTTP status of a client's error; undefined: no answer came. */
export const statusOf = (error: unknown): number | undefined => {
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  return [statusCode, code].find((each) => typeof each === "number");
};

/**
 * Does something until an answer comes that settles it: what is down comes back. Whatever is done may have been done already, by a call whose answer was
 * lost.
 *
 * @param settled what an answer of this status means; undefined: nothing that can happen here
 */
export async function insist<T>(
  what: string,
  work: () => Promise<T>,
  settled: (status: number) => T | undefined = () => undefined,
): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const status = statusOf(error);
      const isPassing = status === undefined || status === 429 || status >= 500;
      const answer = status === undefined ? undefined : settled(status);
      if (answer !== undefined) return answer;
      if (!isPassing || Date.now() > deadline)
        throw new Error(`${what}: ${String(error)}`, { cause: error });
      await sleep(200);
    }
  }
}
