import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "./lab.ts";
import type { OperatorProcess } from "./operator-process.ts";

/**
 * Kills the operator once the n-th call of a method is at the vCenter, which carries it out nevertheless. Returns whether that
 * came about before the signal aborted.
 */
export async function killAt(
  lab: Lab,
  operator: OperatorProcess,
  method: string,
  nth: number,
  signal: AbortSignal,
): Promise<boolean> {
  await lab.resetCalls();
  await lab.order("POST", "/delays", { method, delayMs: 300, count: nth });
  while (!signal.aborted) {
    if (((await lab.calls())[method] ?? 0) >= nth) {
      await operator.kill();
      return true;
    }
    await sleep(10);
  }
  return false;
}
