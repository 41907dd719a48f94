import type { GuestReport } from "../../api/guest-report.ts";
import type { ContainerVMSpec, ContainerVMStatus } from "../../api/containervm.gen.ts";

// What to do about a container's power: `spec.powerState` is a level that counts when it
// changes, `spec.request` an event that is served once (docs/decisions/0007-power-state-and-requests.md).

/** What vSphere and the guest say of a container's VM. */
export interface ObservedVm {
  readonly powerState: "poweredOn" | "poweredOff" | "suspended";
  /** Whether the guest's tools answer: without them there is no polite stop. */
  readonly tools: boolean;
  readonly report: GuestReport;
}

/** A polite stop that was asked for in this process. */
export interface StopInProgress {
  /** When the guest was asked, milliseconds of the process's clock. */
  readonly askedAtMs: number;
}

/** The wish that is to be served next, and what it counts as once it is. */
export interface Wish {
  readonly target: "On" | "Off";
  /** A restart: Off first, then On. */
  readonly restart: boolean;
  /** Off without asking the guest. */
  readonly kill: boolean;
  readonly timeoutSeconds: number;
}

/** What `status` holds once a wish has been served. */
export interface Served {
  readonly servedPowerState: "On" | "Off";
  readonly request?: number;
}

type DesiredPower = Pick<ContainerVMSpec, "powerState" | "request" | "stopTimeoutSeconds">;
type RecordedPower = Pick<ContainerVMStatus, "servedPowerState" | "request" | "run" | "exit">;

/** What is served when the wishes that stand in the spec now are. */
export const servedBy = (spec: DesiredPower): Served => ({
  servedPowerState: spec.powerState,
  ...(spec.request === undefined ? {} : { request: spec.request.seq }),
});

/**
 * The wish that hasn't been served yet; undefined where there is none. A request that is newer than
 * the last one served wins over a changed level.
 */
export function pendingWish(spec: DesiredPower, recorded: RecordedPower): Wish | undefined {
  const { request } = spec;
  if (request && request.seq > (recorded.request ?? 0)) {
    const timeoutSeconds = request.timeoutSeconds ?? spec.stopTimeoutSeconds;
    return {
      target: request.action === "Start" || request.action === "Restart" ? "On" : "Off",
      restart: request.action === "Restart",
      kill: request.action === "Kill",
      timeoutSeconds,
    };
  }
  if (spec.powerState === recorded.servedPowerState) return undefined;
  return {
    target: spec.powerState,
    restart: false,
    kill: false,
    timeoutSeconds: spec.stopTimeoutSeconds,
  };
}

export type PowerStep =
  /** Nothing to do; what stood to be served is. */
  | { readonly do: "nothing" }
  | { readonly do: "powerOn" }
  | { readonly do: "askToStop" }
  | { readonly do: "waitForStop"; readonly forMs: number }
  /** `timedOut`: the guest was asked and didn't obey, so that the process was killed (exit 137). */
  | { readonly do: "powerOff"; readonly timedOut: boolean };

/**
 * The next step towards a wish.
 *
 * @param wish undefined: none, and whatever power the VM has is accepted
 */
export function planPower(
  wish: Wish | undefined,
  vm: ObservedVm,
  recorded: RecordedPower,
  stop: StopInProgress | undefined,
  nowMs: number,
): PowerStep {
  if (!wish) return { do: "nothing" };
  const on = vm.powerState === "poweredOn";
  // A boot that the status doesn't know of yet was ours, by a process that died before it wrote so.
  const bootedSince = vm.report.run > (recorded.run ?? 0);
  if (wish.target === "On" && !wish.restart) {
    return on || bootedSince ? { do: "nothing" } : { do: "powerOn" };
  }
  if (wish.restart) {
    if (bootedSince && !stop) return { do: "nothing" };
    if (!on && vm.powerState !== "suspended") return { do: "powerOn" };
  }
  if (vm.powerState === "poweredOff") return { do: "nothing" };
  if (vm.powerState === "suspended" || wish.kill) return { do: "powerOff", timedOut: false };
  return planStop(vm, wish.timeoutSeconds, stop, nowMs);
}

/** The next step of a polite stop of a VM that is on. */
export function planStop(
  vm: ObservedVm,
  timeoutSeconds: number,
  stop: StopInProgress | undefined,
  nowMs: number,
): PowerStep {
  if (stop) {
    // The guest itself kills at its timeout and then powers off, which leaves an exit code: it gets a moment for that.
    const leftMs = stop.askedAtMs + timeoutSeconds * 1000 + STOP_GRACE_MS - nowMs;
    return leftMs > 0 ? { do: "waitForStop", forMs: leftMs } : { do: "powerOff", timedOut: true };
  }
  return vm.tools ? { do: "askToStop" } : { do: "powerOff", timedOut: false };
}

/** How long after the stop timeout the guest may take to report and power off. */
const STOP_GRACE_MS = 2000;
