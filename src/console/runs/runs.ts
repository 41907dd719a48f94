import { REASONS } from "../../api/conditions.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";

// What a container's resource tells of its runs. A container that is gone has none that goes on.

/** The number of the run that the guest reported last; 0 where there was none. */
export const lastRun = (now: ContainerVM | undefined): number => now?.status?.run ?? 0;

/** Whether a run goes on, or is about to begin. */
export function isLive(now: ContainerVM | undefined): boolean {
  switch (now?.status?.state) {
    case "Starting":
    case "Running":
    case "Stopping":
    case "Suspended":
      return true;
    case "Deleting":
      return now.status.exit === undefined && lastRun(now) > 0;
    case "Pending":
    case "Creating":
    case "Created":
    case "Restarting":
    case "Exited":
    case "Failed":
    case "Gone":
    case undefined:
      return false;
  }
}

/** Whether the guest has reported the run that goes on. */
export const isReported = (now: ContainerVM | undefined): boolean =>
  isLive(now) && now?.status?.state !== "Starting";

/** Whether a run has ended, or its end will never be told. */
export function hasEnded(now: ContainerVM | undefined, run: number): boolean {
  if (now === undefined || now.status?.state === "Gone" || lastRun(now) > run) return true;
  return lastRun(now) === run && now.status?.exit !== undefined;
}

/**
 * Whether the guest said itself how its last run ended: then the end of its log is written, wherever it isn't seen yet. Of a run
 * that failed to start there may be none, nor any output.
 */
export function wasTold(now: ContainerVM | undefined): boolean {
  const { state, exit } = now?.status ?? {};
  return state !== "Failed" && exit !== undefined && !CUTS.has(exit.reason ?? "");
}

/** Ends that no guest told. */
const CUTS: ReadonlySet<string> = new Set([REASONS.Killed, REASONS.PoweredOff, REASONS.HostFailed]);
