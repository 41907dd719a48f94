import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { findCondition } from "../../reconcile/conditions.ts";
import type { Problem } from "../reporting/problem.ts";

/** Why a host's worker does nothing for an image that waits for it; undefined: nothing is known to be wrong. Pure. */
export function workerFailure(
  host: Pick<VirtualContainerHost, "status"> | undefined,
): Problem | undefined {
  const worker = findCondition(host?.status?.conditions, CONDITIONS.WorkerReady);
  if (worker?.status !== "False" || worker.reason !== REASONS.WorkerFailed) return undefined;
  return {
    reason: REASONS.WorkerFailed,
    message: `Waits for the host's worker. ${worker.message}`,
  };
}

/** That work on an image goes on, and what it waits for. */
export const progressing = (message: string): Problem => ({
  reason: REASONS.Progressing,
  message,
});
