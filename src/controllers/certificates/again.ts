/** Timers hold no more than 24.8 days, and clocks are set; looking costs nothing. */
const MAX_WAIT_MS = 86_400_000;

/** After how many milliseconds to look again at what has to be renewed at these moments. */
export const waitMs = (renewals: readonly (number | undefined)[], nowMs: number): number =>
  Math.max(
    1_000,
    Math.min(
      MAX_WAIT_MS,
      ...renewals.flatMap((each) => (each === undefined ? [] : [each - nowMs])),
    ),
  );
