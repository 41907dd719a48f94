import { REASONS } from "../../../api/conditions.ts";
import type {
  ContainerVMSpecRestart,
  ContainerVMStatus,
  ContainerVMStatusExit,
} from "../../../api/containervm.gen.ts";

// Whether and when a container that has ended is started again, as dockerd does it (docs/decisions/0014-restart-policies.md).

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 60_000;
/** A run of so long ends a series of short ones. */
const LONG_RUN_MS = 10_000;

/**
 * Whether a run's end is followed by another run. Only what ended by itself is: not what somebody stopped, in Kubernetes, by Docker or in vSphere, and
 * not what could never start, which a second try wouldn't change.
 *
 * @param restarts how often that was done since somebody started it
 */
export function restartsAfter(
  policy: ContainerVMSpecRestart | undefined,
  { state, exit, stopRequested }: Pick<ContainerVMStatus, "state" | "exit" | "stopRequested">,
  restarts: number,
): boolean {
  if (!policy || policy.policy === "No" || !exit || stopRequested) return false;
  // The guest's agent died and took the process along: that the process never started isn't said.
  const hasRun = state === "Exited" || exit.reason === REASONS.GuestFailed;
  if (!hasRun || exit.reason === REASONS.PoweredOff || exit.reason === REASONS.Killed) return false;
  if (policy.policy !== "OnFailure") return true;
  const { maxRetries = 0 } = policy;
  return exit.code !== 0 && (maxRetries === 0 || restarts < maxRetries);
}

/** How long a run lasted, milliseconds; undefined where the guest didn't say. */
export function lastedMs(
  startedAt: string | undefined,
  exit: ContainerVMStatusExit | undefined,
): number | undefined {
  if (startedAt === undefined || exit?.at === undefined) return undefined;
  return Date.parse(exit.at) - Date.parse(startedAt);
}

/** A restart that was decided on. */
interface Pending {
  readonly run: number;
  readonly dueMs: number;
}

/**
 * When containers are started again: 100 ms after their end, twice as long after each short run, up to a minute. It may be lost with the process, which
 * begins with short waits anew.
 */
export class RestartDelays {
  readonly #pending = new Map<string, Pending>();
  /** Short runs in a row. */
  readonly #short = new Map<string, number>();

  /** When a container whose run has ended is to be started again, milliseconds of the same clock as `nowMs`. */
  due(key: string, run: number, ranMs: number | undefined, nowMs: number): number {
    const known = this.#pending.get(key);
    if (known?.run === run) return known.dueMs;
    const before = this.#short.get(key);
    const short = before === undefined || (ranMs ?? 0) >= LONG_RUN_MS ? 0 : before + 1;
    this.#short.set(key, short);
    const dueMs = nowMs + Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** short);
    this.#pending.set(key, { run, dueMs });
    return dueMs;
  }

  /** Somebody started or stopped it: what was decided counts no more. */
  forget(key: string): void {
    this.#pending.delete(key);
    this.#short.delete(key);
  }
}
