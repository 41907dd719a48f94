import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { instanceUuid, idOfContainer } from "../../../api/identity.ts";
import { keyOf } from "../../../kube/object.ts";
import { findCondition } from "../../../reconcile/conditions.ts";
import { awaitChange, type Outcome, requeueAfter } from "../../../reconcile/outcome.ts";
import { findVmByInstanceUuid, readProperties } from "../../../vsphere/index.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import type { Problem } from "../../reporting/problem.ts";
import { report } from "../../reporting/report.ts";
import { isUnregistered } from "./acts.ts";
import { asDockerEvent } from "../status/docker-event.ts";
import { KILLED } from "../decisions/observe.ts";
import { acknowledged, pendingWish } from "../decisions/power.ts";
import { type Context, nameOf, type Scope } from "../scope/scope.ts";
import { type Known, knownStatus } from "../status/status-of.ts";

/** How long the inventory may take to show a VM that was created, milliseconds. */
const ENTER_MS = 10_000;

/** For how long, and how often, it is looked whether files of a VM that left the inventory go too, as they do when it is deleted; milliseconds. */
const FILES_MS = 60_000;
const LOOK_MS = 2000;

/**
 * Tells that the VM of a container is gone. It isn't made again: what the container had written
 * is gone with it, and a new one that pretends to be the same would hide that.
 */
export async function vanished(
  { memory }: Scope,
  container: ContainerVM,
  live: LiveHost,
  context: Context,
): Promise<Outcome> {
  const key = keyOf(container);
  const createdMs = memory.created.get(key);
  if (createdMs !== undefined && Date.now() - createdMs < ENTER_MS) return requeueAfter(500);
  memory.created.delete(key);
  const isTold = container.status?.state === "Gone";
  if (!isTold) memory.goneSince.set(key, Date.now());
  const mayBeGoing = Date.now() - (memory.goneSince.get(key) ?? 0) < FILES_MS;
  const isOpen = mayBeGoing && reasonOf(container) === REASONS.VMUnregistered;
  if (isTold && !isOpen && !pendingWish(container.spec, container.status ?? {}))
    return awaitChange();
  const problem = await whatBecameOf(live, container);
  const known = knownStatus(container);
  const { vsphere, pid: _pid, tools: _tools, agent: _agent, ...kept } = returned(known);
  if (!isTold && !kept.exit && (kept.starts ?? 0) > 0) {
    const event = { type: "Normal", reason: problem.reason, action: "Observe" } as const;
    const died = { ...event, note: "The container ended with its VM" };
    context.event(container, asDockerEvent(container, died, "die", { exitCode: String(KILLED) }));
  }
  await report(context, container, {
    status: {
      ...kept,
      ...acknowledged(container.spec),
      state: "Gone",
      exit: kept.exit ?? {
        code: KILLED,
        ...problem,
        at: known.exit?.at ?? new Date().toISOString(),
      },
      vsphere: { ...vsphere, powerState: "poweredOff" },
    },
    conditions: [
      { type: CONDITIONS.Ready, status: "False", ...problem },
      { type: CONDITIONS.Created, status: "False", ...problem },
      ...nameOf(context),
    ],
    progress: "stuck",
    action: "Observe",
  });
  return problem === UNREGISTERED && mayBeGoing ? requeueAfter(LOOK_MS) : awaitChange();
}

const reasonOf = ({ status }: ContainerVM): string | undefined =>
  findCondition(status?.conditions, CONDITIONS.Ready)?.reason;

/** Where a VM is that isn't where its host's VMs are. */
async function whatBecameOf(live: LiveHost, container: ContainerVM): Promise<Problem> {
  const elsewhere = await findElsewhere(live, container);
  if (elsewhere) return elsewhere.isTemplate ? template(elsewhere.name) : moved(elsewhere.name);
  if (!live.equipment) return DELETED;
  const { path } = container.status?.vsphere ?? {};
  return (await isUnregistered(live, path, idOfContainer(container))) ? UNREGISTERED : DELETED;
}

/** A container's VM that an administrator took out of its host: it isn't ours any more, and left alone. */
export async function findElsewhere(
  { server, id }: LiveHost,
  container: ContainerVM,
): Promise<{ readonly name: string; readonly isTemplate: boolean } | undefined> {
  const { vsphere } = server;
  const vm = await findVmByInstanceUuid(vsphere, instanceUuid(id, idOfContainer(container)));
  const found = vm && (await readProperties(vsphere, vm, ["name", "summary.config.template"]));
  return (
    found && { name: String(found["name"]), isTemplate: found["summary.config.template"] === true }
  );
}

const moved = (name: string): Problem => ({
  reason: REASONS.VMMoved,
  message: `The VM "${name}" was moved out of its host's vApp in vSphere. Move it back, or delete this ContainerVM: the VM stays.`,
});
const template = (name: string): Problem => ({
  reason: REASONS.VMTemplate,
  message: `The VM "${name}" was made a template in vSphere. Convert it to a VM in the host's vApp, or delete this ContainerVM: the template stays.`,
});
const UNREGISTERED: Problem = {
  reason: REASONS.VMUnregistered,
  message:
    "The VM was unregistered in vSphere; its files are there. Register it again in the host's vApp, or delete this ContainerVM.",
};
const DELETED: Problem = {
  reason: REASONS.VMDeleted,
  message:
    "The VM vanished from vSphere with its files. Delete this ContainerVM and apply it anew.",
};

const VANISHED: ReadonlySet<string> = new Set([
  REASONS.VMDeleted,
  REASONS.VMUnregistered,
  REASONS.VMMoved,
  REASONS.VMTemplate,
]);

/** What is known of a container whose VM is there again: how its run ended was never seen. Pure. */
export function returned(known: Known): Known {
  const isInvented = known.state === "Gone" && VANISHED.has(known.exit?.reason ?? "");
  if (!isInvented) return known;
  const { exit: _exit, ...rest } = known;
  return rest;
}
