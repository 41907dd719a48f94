import type { GuestReport } from "../../../api/guest-report.ts";
import { REASONS } from "../../../api/conditions.ts";
import type {
  ContainerVMStatus,
  ContainerVMStatusAgent,
  ContainerVMStatusExit,
  ContainerVMStatusState,
} from "../../../api/containervm.gen.ts";
import { isEnding, type ObservedVm } from "./power.ts";

/** Exit code of a process that SIGKILL ended; also what a cut power line counts as. */
export const KILLED = 128 + 9;

/** How a run ended, where the guest could not say so itself. */
export type Cut =
  /** We cut the power: it didn't stop in time, or was to be killed. */
  | "killed"
  /** Its ESXi host failed. */
  | "hostFailed"
  /** The last frame of the log told it. */
  | LoggedEnd;

/** The end of a run as its log tells it. */
export interface LoggedEnd {
  readonly exitCode: number;
  /** Why the process never started, or who ended it. */
  readonly reason?: string;
}

/** What is known of a container's run. */
export interface Run {
  readonly state: ContainerVMStatusState;
  readonly run: number;
  readonly startedAt?: string;
  readonly pid?: number;
  readonly exit?: ContainerVMStatusExit;
  /** How the agent of this run proves itself. */
  readonly agent?: ContainerVMStatusAgent;
  /** The guest was asked to stop. */
  readonly stopped?: boolean;
  /** By network: MAC addresses that aren't those that were asked for. */
  readonly macs?: Readonly<Record<string, string>>;
}

/** What of a status tells an old report, from before the VM's last start, from a new one. */
type Recorded = Pick<ContainerVMStatus, "run" | "exit" | "state" | "vsphere">;

/**
 * The state of a container whose VM exists. A run is over with its guest's last report, which is written when all else is: the VM powers off a moment later.
 *
 * @param recorded what the status says
 * @param cut how a run ended that left no report of its end
 * @param now RFC 3339; when a run ended of whose end the guest told no time
 */
export function observeRun(vm: ObservedVm, recorded: Recorded, cut?: Cut, now?: string): Run {
  const { report } = vm;
  const { run } = report;
  if (vm.powerState === "suspended") {
    const { state: _state, agent: _agent, ...rest } = runningState(vm, recorded);
    return { ...rest, state: "Suspended" };
  }
  if (vm.powerState !== "poweredOff" && !isEnding(vm, recorded)) return runningState(vm, recorded);
  if (run === 0 && report.state === undefined && !hasStarted(recorded))
    return { state: "Created", run };
  const exit = exitOf(report, recorded, cut);
  const failed = report.state === "failed" || exit.reason === REASONS.ReportRefused;
  return {
    state: failed ? "Failed" : "Exited",
    run,
    ...(report.startedAt === undefined ? {} : { startedAt: report.startedAt }),
    ...(report.stopped ? { stopped: true } : {}),
    exit: timed(exit, recorded.run === run ? recorded.exit?.at : now, now),
  };
}

function timed(
  exit: ContainerVMStatusExit,
  known: string | undefined,
  now: string | undefined,
): ContainerVMStatusExit {
  const at = exit.at ?? known ?? now;
  return at === undefined ? exit : { ...exit, at };
}

function runningState({ report }: ObservedVm, recorded: Recorded): Run {
  const { run, hostKey } = report;
  // A report whose end is recorded already, or that tells of one, is of the run before this one.
  const stale = run === 0 || (recorded.exit !== undefined && recorded.run === run);
  if (stale || report.state !== "running") return { state: "Starting", run };
  return {
    state: "Running",
    run,
    ...(report.startedAt === undefined ? {} : { startedAt: report.startedAt }),
    ...(report.pid === undefined ? {} : { pid: report.pid }),
    ...(hostKey === undefined ? {} : { agent: { run, hostKey } }),
    ...(report.macs === undefined ? {} : { macs: report.macs }),
  };
}

const hasStarted = ({ state, exit }: Recorded): boolean =>
  exit !== undefined ||
  state === "Starting" ||
  state === "Running" ||
  state === "Stopping" ||
  state === "Suspended";

/** Whether a VM that is off left no word about how its last run ended, so that the log must be asked. */
export const endIsUnknown = (vm: ObservedVm, recorded: Recorded): boolean =>
  vm.powerState === "poweredOff" &&
  recorded.exit === undefined &&
  vm.report.state !== "exited" &&
  vm.report.state !== "failed" &&
  (vm.report.run > 0 || hasStarted(recorded));

function exitOf(
  report: GuestReport,
  recorded: Recorded,
  cut: Cut | undefined,
): ContainerVMStatusExit {
  if (report.state === "exited" || report.state === "failed") return reportedExit(report);
  if (recorded.exit !== undefined && recorded.run === report.run) return recorded.exit;
  if (cut === "killed")
    return {
      code: KILLED,
      reason: REASONS.Killed,
      message: "It was killed: it didn't stop in time, or was told to be",
    };
  if (cut === "hostFailed")
    return {
      code: KILLED,
      reason: REASONS.HostFailed,
      message: "Its ESXi host failed, or its VM's process there did",
    };
  if (cut?.reason === REASONS.ReportRefused)
    return { code: cut.exitCode, reason: cut.reason, message: REPORT_REFUSED };
  if (cut)
    return {
      code: cut.exitCode,
      reason: cut.exitCode === 0 ? REASONS.Completed : REASONS.Exited,
      message: `The process ended with exit code ${cut.exitCode} (from its log)`,
    };
  return {
    code: KILLED,
    reason: REASONS.PoweredOff,
    message: "The VM was powered off before its process had ended",
  };
}

const REPORT_REFUSED =
  "Nothing was started: vSphere takes no report from the VM, whose guestinfo has no room for one. Raise tools.setInfo.sizeLimit for it, or make another ContainerVM with a shorter environment.";

function reportedExit(report: GuestReport): ContainerVMStatusExit {
  const code = report.exitCode ?? 128;
  return {
    code,
    reason: report.state === "failed" ? failure(code, report.reason) : ending(report, code),
    message:
      report.message ??
      (report.reason === REASONS.ReportRefused ? REPORT_REFUSED : undefined) ??
      `The process ended with exit code ${code}`,
    ...(report.finishedAt === undefined ? {} : { at: report.finishedAt }),
    ...(report.oomKilled ? { oomKilled: true } : {}),
  };
}

function ending({ oomKilled, reason }: GuestReport, code: number): string {
  if (oomKilled) return REASONS.OOMKilled;
  if (reason === REASONS.Reset) return REASONS.Reset;
  return code === 0 ? REASONS.Completed : REASONS.Exited;
}

/** Why a process never started: the guest's word where it is one of ours, else by the exit codes that shells use. */
function failure(code: number, reason: string | undefined): string {
  if (reason !== undefined && reason in REASONS) return reason;
  if (code === 127) return REASONS.EntrypointNotFound;
  if (code === 126) return REASONS.EntrypointNotExecutable;
  return REASONS.StartFailed;
}

/** The end of a run as the last frames of its log have it; undefined when they don't tell. */
export function endInLog(tail: string, run: number): LoggedEnd | undefined {
  for (const line of tail.split("\n").toReversed()) {
    const match = /^\S+ vic F (\{.*\})\s*$/.exec(line);
    if (!match) continue;
    try {
      const frame = JSON.parse(match[1]!) as Record<"run" | "exitCode" | "reason", unknown>;
      const { exitCode, reason } = frame;
      if (typeof exitCode === "number" && (run === 0 || frame.run === run))
        return { exitCode, ...(typeof reason === "string" ? { reason } : {}) };
    } catch {
      // What a process wrote looks like a frame; the real one may stand above.
    }
  }
  return undefined;
}
