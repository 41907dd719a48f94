import { type Reason, REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import type { EventInput } from "../../../kube/events.ts";
import type { ConditionInput } from "../../../reconcile/conditions.ts";
import { asDockerEvent } from "./docker-event.ts";
import { KILLED } from "../decisions/observe.ts";
import type { Known } from "./status-of.ts";

const normal = (reason: Reason, action: string, note: string): EventInput => ({
  type: "Normal",
  reason,
  action,
  note,
});

/**
 * What a status tells of a container's life that the one before didn't, in the order in which Docker tells it: for `kubectl describe` and `docker events`. Pure.
 *
 * @param ready the condition that goes with `now`
 */
export function lifeEvents(
  container: ContainerVM,
  before: Known,
  now: Known,
  ready: ConditionInput,
): EventInput[] {
  return [
    ...creation(container, before, now),
    ...powerFromOutside(before, now),
    ...lostRun(container, before, now),
    ...start(container, before, now),
    ...kill(container, before, now),
    ...end(container, before, now, ready),
    ...served(container, before, now),
  ];
}

/** Whether a status tells of the end of a run that the one before didn't tell of. */
export const endsRun = (before: Known, now: Known): boolean =>
  now.exit !== undefined && (before.exit === undefined || before.run !== now.run);

function creation(container: ContainerVM, before: Known, { vsphere }: Known): EventInput[] {
  const isBack = before.state === "Gone";
  if (!vsphere?.moRef || (before.vsphere?.moRef && !isBack)) return [];
  const where = vsphere.host === undefined ? "" : ` on host ${vsphere.host}`;
  // A container whose status was lost hadn't been told of as being created.
  const what = isBack ? "is back" : before.state === "Creating" ? "was made" : "was found";
  const note = `VM "${vsphere.name ?? vsphere.moRef}" ${what}${where}`;
  const event = normal(REASONS.Created, "Create", note);
  return [what === "was made" ? asDockerEvent(container, event, "create") : event];
}

/** A VM that is on now, and by no wish of the resource. Its power-off is how a run ended. */
function powerFromOutside(before: Known, now: Known): EventInput[] {
  const { vsphere } = before;
  const wasOff = vsphere?.powerState !== undefined && vsphere.powerState !== "poweredOn";
  // The end of a run is written before its VM is off, and the power-on may come before that is.
  const isAnew = hasEnded(before) && (now.state === "Starting" || now.state === "Running");
  const isOn = now.vsphere?.powerState === "poweredOn";
  if (!isOn || !(wasOff || isAnew) || before.state === "Restarting") return [];
  return isServed(before, now)
    ? []
    : [normal(REASONS.PoweredOn, "Observe", "The VM was powered on in vSphere")];
}

const hasEnded = ({ state }: Known): boolean => state === "Exited" || state === "Failed";

/** A run that another one follows and whose end nobody saw: a panic, or a power-off and on while no operator looked. */
function lostRun(container: ContainerVM, before: Known, now: Known): EventInput[] {
  const ran = before.state === "Running" || before.state === "Stopping";
  if (!ran || before.run === undefined || (now.run ?? 0) <= before.run) return [];
  const note = `Run ${before.run} ended without a word: its VM was reset, or powered off and on`;
  const event = { type: "Warning", reason: REASONS.GuestFailed, action: "Observe", note } as const;
  return [asDockerEvent(container, event, "die", { exitCode: String(KILLED) })];
}

function start(container: ContainerVM, before: Known, now: Known): EventInput[] {
  if (now.startedAt === undefined || now.startedAt === before.startedAt) return [];
  const note = `The process started (run ${now.run ?? 1})`;
  return [asDockerEvent(container, normal(REASONS.Started, "Start", note), "start")];
}

function end(
  container: ContainerVM,
  before: Known,
  now: Known,
  ready: ConditionInput,
): EventInput[] {
  if (!endsRun(before, now) || !now.exit) return [];
  const isExpected = ready.status === "True" || PLAIN.has(ready.reason);
  const { message: note } = ready;
  const reason = ready.reason as Reason;
  const died: EventInput = {
    type: isExpected ? "Normal" : "Warning",
    reason,
    action: "Run",
    note,
  };
  const exitCode = String(now.exit.code);
  const oom = normal(REASONS.OOMKilled, "Observe", "Memory ran out");
  return [
    ...(now.exit.oomKilled ? [asDockerEvent(container, oom, "oom")] : []),
    asDockerEvent(container, died, "die", { exitCode }),
  ];
}

/** Ends of runs that nobody needs to be warned of. */
const PLAIN: ReadonlySet<string> = new Set([REASONS.Exited, REASONS.Restarting]);

/** SIGKILL, as Docker's events name it. */
const KILL = "9";

function kill(container: ContainerVM, before: Known, now: Known): EventInput[] {
  const isKilled = isServed(before, now) && container.spec.request?.action === "Kill";
  if (!isKilled || before.request === now.request || !endsRun(before, now)) return [];
  const event = normal(REASONS.Killed, "Kill", "It was killed, as asked");
  return [asDockerEvent(container, event, "kill", { signal: KILL })];
}

/** What Docker tells of a wish once it is served, beside what came of it. */
function served(container: ContainerVM, before: Known, now: Known): EventInput[] {
  if (!isServed(before, now)) return [];
  const { request } = container.spec;
  const action = before.request !== now.request ? request?.action : undefined;
  if (action === "Restart") {
    const event = normal(REASONS.Started, "Restart", "It was started again, as asked");
    return [asDockerEvent(container, event, "restart")];
  }
  const isStopped = (action === "Stop" || action === undefined) && now.stopRequested === true;
  if (!isStopped || !endsRun(before, now)) return [];
  const event = normal(REASONS.Stopped, "Stop", "It was stopped, as asked");
  return [asDockerEvent(container, event, "stop")];
}

const isServed = (before: Known, now: Known): boolean =>
  before.servedPowerState !== now.servedPowerState || before.request !== now.request;
