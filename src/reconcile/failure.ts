import { REASONS } from "../api/conditions.ts";
import { ApiError, isConflict, TransportError } from "../kube/errors.ts";
import { ReconcileError } from "./errors.ts";
import type { Next } from "./queue.ts";

/** How a failed reconcile is handled; the only place that translates errors. */
export interface Failure {
  readonly next: Next;
  readonly result: "success" | "error" | "requeue_after";
  readonly level: "debug" | "info" | "warn" | "error";
  /** Told to the user as an event; undefined where it is no news. */
  readonly event: { readonly reason: string; readonly note: string } | undefined;
  readonly terminal: boolean;
  /** A programming error: what Go calls a panic. */
  readonly panic: boolean;
}

const waitingRetryMs = 5 * 60_000;

/** What becomes of a reconcile that threw: when it is tried again, and who is told. Pure. */
export function classifyFailure(error: unknown): Failure {
  const base = { terminal: false, panic: false, event: undefined } as const;
  if (error instanceof ReconcileError) {
    const event = { reason: error.reason, note: error.message };
    switch (error.handling) {
      case "terminal":
        return { ...base, event, terminal: true, next: forget, result: "error", level: "info" };
      case "waiting": {
        const ms = (error as { retryAfterMs?: number }).retryAfterMs ?? waitingRetryMs;
        return { ...base, next: { type: "after", ms }, result: "requeue_after", level: "debug" };
      }
      case "retry":
        return { ...base, event, next: backoff, result: "error", level: "warn" };
    }
  }
  if (isConflict(error)) {
    // Somebody else wrote the object first. The cache will say so soon.
    return { ...base, next: backoff, result: "error", level: "debug" };
  }
  if (isServerTrouble(error)) {
    // Nothing is wrong with the object, and where events are kept can't be reached either.
    return { ...base, next: backoff, result: "error", level: "warn" };
  }
  const panic =
    error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
  const note = error instanceof Error ? error.message : String(error);
  const event = { reason: REASONS.InternalError, note };
  return { ...base, panic, event, next: backoff, result: "error", level: "error" };
}

/** The Kubernetes API server is away, or has trouble of its own. */
function isServerTrouble(error: unknown): boolean {
  return (
    error instanceof TransportError ||
    (error instanceof ApiError && (error.code >= 500 || error.code === 429))
  );
}

const forget: Next = { type: "forget" };
const backoff: Next = { type: "backoff" };
