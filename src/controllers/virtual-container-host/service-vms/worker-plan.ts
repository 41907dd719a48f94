import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { GuestReport } from "../../../api/guest-report.ts";
import type { VirtualContainerHostStatusWorker } from "../../../api/virtualcontainerhost.gen.ts";
import { type ConditionInput, isTrue } from "../../../reconcile/conditions.ts";

// When a host's worker VM is made, started and taken away. Pure.

/** The worker's VM as it stands. */
export interface ObservedWorker {
  readonly powerState: "poweredOn" | "poweredOff" | "suspended";
  readonly report: GuestReport;
  /** Whether it was made from what a worker would be made from now. */
  readonly current: boolean;
  /** For how long it has been on, milliseconds; undefined: it is off, or nobody knows. */
  readonly onForMs: number | undefined;
}

export interface WorkerSituation {
  /** Whether an image has disks to be filled. */
  readonly wanted: boolean;
  /** Whether disks of images are attached to it. */
  readonly busy: boolean;
  readonly vm: ObservedWorker | undefined;
  /** For how long nothing wanted it, milliseconds. */
  readonly idleForMs: number;
  readonly idleLimitMs: number;
}

export type WorkerStep = "create" | "powerOn" | "remove" | "nothing";

export function planWorker({
  wanted,
  busy,
  vm,
  idleForMs,
  idleLimitMs,
}: WorkerSituation): WorkerStep {
  if (!vm) return wanted ? "create" : "nothing";
  if (!vm.current && !busy) return "remove";
  if (!wanted) return idleForMs >= idleLimitMs ? "remove" : "nothing";
  return vm.powerState === "poweredOn" ? "nothing" : "powerOn";
}

/** Whether an image has disks that only a worker can fill. One that is stuck waits for its own retry. */
export const wantsWorker = ({ metadata, status }: ContainerImage): boolean =>
  !metadata.deletionTimestamp &&
  !isTrue(status?.conditions, CONDITIONS.Stalled) &&
  (status?.disks?.some(({ state }) => state !== "Ready") ?? false);

/** Whether an image has a disk on the worker. */
export const usesWorker = ({ status }: ContainerImage): boolean =>
  status?.disks?.some(({ attached }) => attached !== undefined) ?? false;

/** How long a worker may take from power-on to its first report. */
const START_TIMEOUT_MS = 5 * 60_000;

/** Milliseconds until what vSphere refused about a worker is tried again after so many refusals in a row. */
export const retryWorkerMs = (failures: number): number =>
  Math.min(60_000, 1000 * 2 ** Math.min(failures - 1, 10));

/**
 * The worker in the host's status.
 *
 * @param failure why it can't be made, started or taken away
 */
export function workerStatus(
  id: string,
  situation: Pick<WorkerSituation, "wanted" | "vm">,
  moRef: string | undefined,
  failure?: string,
): VirtualContainerHostStatusWorker {
  const { wanted, vm } = situation;
  const base = { id, ...(moRef === undefined ? {} : { moRef }) };
  if (failure !== undefined)
    return { ...base, state: "Failed", reason: REASONS.WorkerFailed, message: failure };
  if (!vm) return { ...base, state: wanted ? "Creating" : "Off" };
  if (vm.powerState !== "poweredOn") return { ...base, state: "Off" };
  const { report } = vm;
  if (report.state === "failed") {
    return {
      ...base,
      state: "Failed",
      reason: report.reason ?? REASONS.WorkerFailed,
      message: report.message ?? "The worker's guest failed to start",
    };
  }
  if (report.hostKey !== undefined) return { ...base, state: "Running", hostKey: report.hostKey };
  if ((vm.onForMs ?? 0) < START_TIMEOUT_MS) return { ...base, state: "Starting" };
  return {
    ...base,
    state: "Failed",
    reason: REASONS.WorkerFailed,
    message:
      "The worker is on and has not reported for five minutes: look at its console in vSphere.",
  };
}

/** WorkerReady: its agent has reported, or no work asks for it. */
export function workerCondition(
  worker: VirtualContainerHostStatusWorker,
  wanted: boolean,
): ConditionInput {
  const type = CONDITIONS.WorkerReady;
  if (worker.state === "Failed") {
    return { type, status: "False", reason: REASONS.WorkerFailed, message: worker.message ?? "" };
  }
  if (worker.state === "Running")
    return { type, status: "True", reason: REASONS.Available, message: "The worker has reported" };
  return wanted
    ? { type, status: "False", reason: REASONS.Progressing, message: "The worker is being started" }
    : { type, status: "True", reason: REASONS.Available, message: "No work asks for a worker" };
}
