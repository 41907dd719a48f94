import type { GuestReport } from "../../../api/guest-report.ts";
import type { ContainerVMSpec, ContainerVMStatus } from "../../../api/containervm.gen.ts";

// What to do about a container's power: `spec.powerState` is a level that counts when it
// changes, `spec.request` an event that is served once (docs/decisions/0007-power-state-and-requests.md).

/** What vSphere and the guest say of a container's VM. */
export interface ObservedVm {
  readonly powerState: "poweredOn" | "poweredOff" | "suspended";
  /** Whether the guest's tools answer: without them there is no polite stop. */
  readonly tools: boolean;
  readonly report: GuestReport;
  /** When it was powered on, by vSphere's clock, RFC 3339. */
  readonly bootedAt?: string | undefined;
}

/** A polite stop that was asked for in this process. */
export interface StopInProgress {
  /** When the guest was asked, or should have been, milliseconds of the process's clock. */
  readonly askedAtMs: number;
  /** Its tools don't answer yet, or vSphere refused, so that it wasn't asked. */
  readonly unheard?: true;
}

/** The wish that is to be served next, and what it counts as once it is. */
export interface Wish {
  readonly target: "On" | "Off";
  /** A restart: Off first, then On. */
  readonly restart: boolean;
  /** Off without asking the guest. */
  readonly kill: boolean;
  readonly timeoutSeconds: number;
  /** The level says On again before the Off that the guest was asked for was served: what that ends is started again. */
  readonly takenBack?: true;
}

/** What `status` holds once a wish has been served. */
export interface Served {
  readonly servedPowerState: "On" | "Off";
  readonly request?: number;
  readonly stopRequested: boolean;
  /** A start by somebody's wish begins the count of restarts anew. */
  readonly restarts?: 0;
}

type DesiredPower = Pick<ContainerVMSpec, "powerState" | "request" | "stopTimeoutSeconds">;
type RecordedPower = Pick<
  ContainerVMStatus,
  "servedPowerState" | "request" | "run" | "exit" | "state" | "vsphere"
>;

/** The wishes that stand in the spec now, as served. */
export const acknowledged = (spec: DesiredPower): Pick<Served, "servedPowerState" | "request"> => ({
  servedPowerState: spec.powerState,
  ...(spec.request === undefined ? {} : { request: spec.request.seq }),
});

/** What is served when the wishes that stand in the spec now are, of which `target` is the one that counted. */
export const servedBy = (spec: DesiredPower, target: Wish["target"]): Served => ({
  ...acknowledged(spec),
  ...(target === "Off" ? { stopRequested: true } : { stopRequested: false, restarts: 0 }),
});

/**
 * The wish that hasn't been served yet; undefined where there is none. A request that is newer than
 * the last one served wins over a changed level.
 *
 * @param isStopping the guest was asked to stop, and that isn't served yet
 */
export function pendingWish(
  spec: DesiredPower,
  recorded: RecordedPower,
  isStopping = false,
): Wish | undefined {
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
  const isServed = spec.powerState === recorded.servedPowerState;
  const isTakenBack = isServed && isStopping && spec.powerState === "On";
  if (isServed && !isTakenBack) return undefined;
  return {
    target: spec.powerState,
    restart: false,
    kill: false,
    timeoutSeconds: spec.stopTimeoutSeconds,
    ...(isTakenBack ? { takenBack: true } : {}),
  };
}

export type PowerStep =
  /** Nothing to do; what stood to be served is. */
  | { readonly do: "nothing" }
  | { readonly do: "powerOn" }
  | { readonly do: "askToStop" }
  /** Its tools may still come. */
  | { readonly do: "awaitTools"; readonly forMs: number }
  | { readonly do: "waitForStop"; readonly forMs: number }
  /** The run is over, and the VM about to power off. */
  | { readonly do: "waitForEnd" }
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
  if (wish.target === "On") {
    if (bootedSince && !stop) return { do: "nothing" };
    if (!on && !(wish.restart && vm.powerState === "suspended")) return { do: "powerOn" };
    // What is on its way down goes down first: nothing else makes a new run.
    const stopping = stop !== undefined || recorded.state === "Stopping";
    if (on && !wish.restart && !stopping && !isEnding(vm, recorded)) return { do: "nothing" };
  }
  if (vm.powerState === "poweredOff") return { do: "nothing" };
  if (vm.powerState === "suspended") return { do: "powerOff", timedOut: false };
  if (isEnding(vm, recorded)) return { do: wish.target === "Off" ? "nothing" : "waitForEnd" };
  if (wish.kill) return { do: "powerOff", timedOut: false };
  return planStop(vm, wish.timeoutSeconds, stop, nowMs);
}

/**
 * Whether a VM that is on has ended its run, so that it powers off in a moment: its guest's last report says so, and the VM wasn't powered on again
 * since. That is told by the clocks of guest and vSphere, and by what the status knows: where the clocks differ, this is false too often, which costs
 * only time.
 */
export function isEnding(
  { powerState, report, bootedAt }: ObservedVm,
  recorded: Pick<RecordedPower, "run" | "exit" | "vsphere">,
): boolean {
  if (powerState !== "poweredOn") return false;
  if (report.state !== "exited" && report.state !== "failed") return false;
  if (bootedAt !== undefined && report.finishedAt !== undefined)
    if (Date.parse(bootedAt) > Date.parse(report.finishedAt)) return false;
  const isTold = recorded.exit !== undefined && recorded.run === report.run;
  return !isTold || recorded.vsphere?.powerState === "poweredOn";
}

/** The next step of a polite stop of a VM that is on. */
export function planStop(
  vm: ObservedVm,
  timeoutSeconds: number,
  stop: StopInProgress | undefined,
  nowMs: number,
): PowerStep {
  if (stop && !stop.unheard) {
    // The guest itself kills at its timeout and then powers off, which leaves an exit code: it gets a moment for that.
    const leftMs = stop.askedAtMs + timeoutSeconds * 1000 + STOP_GRACE_MS - nowMs;
    return leftMs > 0 ? { do: "waitForStop", forMs: leftMs } : { do: "powerOff", timedOut: true };
  }
  if (vm.tools) return { do: "askToStop" };
  const forMs = toolsMayComeMs(vm, (stop?.askedAtMs ?? nowMs) + timeoutSeconds * 1000, nowMs);
  return forMs > 0 ? { do: "awaitTools", forMs } : { do: "powerOff", timedOut: false };
}

/**
 * How long the tools of a process that runs may still be worth waiting for: vSphere hears of them seconds after the guest's own report. Where
 * its clock isn't ours, that is too long or too short.
 */
function toolsMayComeMs({ report }: ObservedVm, untilMs: number, nowMs: number): number {
  if (report.state !== "running" || report.startedAt === undefined) return 0;
  return Math.min(untilMs, Date.parse(report.startedAt) + TOOLS_MS) - nowMs;
}

/** How long after a process's start its guest's tools may be late. */
const TOOLS_MS = 30_000;

/** How long after the stop timeout the guest may take to report and power off. */
const STOP_GRACE_MS = 2000;
