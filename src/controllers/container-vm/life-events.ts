import { type Reason, REASONS } from "../../api/conditions.ts";
import type { EventInput } from "../../kube/events.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import type { Known } from "./status-of.ts";

const normal = (reason: Reason, action: string, note: string): EventInput => ({
  type: "Normal",
  reason,
  action,
  note,
});

/**
 * What a status tells of a container's life that the one before didn't, for `kubectl describe`.
 * Failures aren't among it: those are warned of where Ready is told. Pure.
 *
 * @param ready the condition that goes with `now`
 */
export function lifeEvents(before: Known, now: Known, ready: ConditionInput): EventInput[] {
  return [
    ...creation(before, now),
    ...powerFromOutside(before, now),
    ...start(before, now),
    ...end(before, now, ready),
  ];
}

function creation(before: Known, { vsphere }: Known): EventInput[] {
  const isBack = before.state === "Gone";
  if (!vsphere?.moRef || (before.vsphere?.moRef && !isBack)) return [];
  const where = vsphere.host === undefined ? "" : ` on host ${vsphere.host}`;
  // A container whose status was lost hadn't been told of as being created.
  const what = isBack ? "is back" : before.state === "Creating" ? "was made" : "was found";
  return [
    normal(REASONS.Created, "Create", `VM "${vsphere.name ?? vsphere.moRef}" ${what}${where}`),
  ];
}

/** A VM that is on now, and by no wish of the resource. Its power-off is how a run ended. */
function powerFromOutside(before: Known, now: Known): EventInput[] {
  const wasOff =
    before.vsphere?.powerState !== undefined && before.vsphere.powerState !== "poweredOn";
  if (!wasOff || now.vsphere?.powerState !== "poweredOn") return [];
  const isServed =
    before.servedPowerState !== now.servedPowerState || before.request !== now.request;
  return isServed ? [] : [normal(REASONS.PoweredOn, "Observe", "The VM was powered on in vSphere")];
}

const start = (before: Known, now: Known): EventInput[] =>
  now.startedAt === undefined || now.startedAt === before.startedAt
    ? []
    : [normal(REASONS.Started, "Start", `The process started (run ${now.run ?? 1})`)];

function end(before: Known, { exit, run }: Known, ready: ConditionInput): EventInput[] {
  const isNew = exit !== undefined && (before.exit === undefined || before.run !== run);
  if (!isNew) return [];
  const isWarnedOf = ready.status === "False" && ready.reason !== REASONS.Exited;
  return isWarnedOf ? [] : [normal(ready.reason as Reason, "Run", ready.message)];
}
