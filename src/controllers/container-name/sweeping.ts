/** A claim that nobody holds, as its sweep sees it; milliseconds. */
export interface Unheld {
  /** `metadata.creationTimestamp`, by the API server's clock. */
  readonly createdAt: string;
  /** For how long this process has seen that nobody holds it. */
  readonly seenForMs: number;
  /** Time of this process's clock, since 1970. */
  readonly nowMs: number;
}

/**
 * However old a claim says that it is, it is looked at for so long, milliseconds: its container may be on the way to the cache, and the API server's clock may
 * be behind ours.
 */
const LOOK_MS = 5000;

/** Timestamps are cut to whole seconds, milliseconds. */
const CUT_MS = 1000;

/**
 * In how many milliseconds a claim is swept that nobody holds all the time; not positive: now. Its age counts, lest an operator that dies again and again never
 * sweeps it; where clocks disagree, what this process has seen of it is enough. Pure.
 *
 * @param graceMs for how long a claim may be without a holder
 */
export function sweptInMs({ createdAt, seenForMs, nowMs }: Unheld, graceMs: number): number {
  const ageMs = nowMs - Date.parse(createdAt) - CUT_MS;
  const byAge = Math.max(graceMs - ageMs, LOOK_MS - seenForMs);
  return Math.min(byAge, graceMs - seenForMs);
}
