import { setTimeout as delay } from "node:timers/promises";

/** While there is no line to a guest, its log is looked at so often: it has the output, if later. */
export const LOOK_MS = 2_000;

/** So long somebody who types waits for a line where no host has dialled: then it is told that nothing arrives. */
export const UNLINED_MS = 60_000;

/** After a line broke: time for the news that the VM is off, and for the file to show what was missed. */
export const BROKEN_MS = 100;

/**
 * Between two looks at a file that doesn't show yet what was written (docs/vcenter-assumptions.md, D9): its host may be another than the one
 * that is asked.
 */
export const PATIENCE_MS: readonly number[] = [0, 50, 100, 200, 400, 750, 1500, 3000, 4000];

/** The same for a VM whose power was cut: it wrote no last line, so that nothing tells that all was seen. */
export const CUT_PATIENCE_MS = PATIENCE_MS.slice(0, 5);

/** The same for a line that broke with input on its way: whether that was lost is to be told soon. */
export const DOUBT_PATIENCE_MS = PATIENCE_MS.slice(0, 7);

/** Waits, or until the signal aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);
