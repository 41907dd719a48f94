import { REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { idOfContainer } from "../../../api/identity.ts";
import { ANNOTATIONS, FINALIZER, OUTPUT_FINALIZER } from "../../../api/metadata.ts";
import { keyOf } from "../../../kube/object.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../../reconcile/outcome.ts";
import { runningTasks, type VmRecord } from "../../../vsphere/index.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import { hostTopic, isExpected, knowsVms, type LiveHost } from "../../hosts/host-registry.ts";
import type { Problem } from "../../reporting/problem.ts";
import { awaitTools, removeContainer, requestStop } from "./acts.ts";
import { unavailability } from "../decisions/availability.ts";
import { asDockerEvent } from "../status/docker-event.ts";
import { explainEnd, LAST_WORD_MS } from "./ending.ts";
import { releaseNames } from "../claims/name.ts";
import { observeRun } from "../decisions/observe.ts";
import { isEnding, pendingWish, planStop } from "../decisions/power.ts";
import {
  asAnswered,
  type Context,
  observed,
  type Scope,
  wasCreated,
  vmOf,
} from "../scope/scope.ts";
import { startCut } from "./power-steps.ts";
import { tellProblem } from "../status/problem.ts";
import { type Known, knownStatus, statusOf } from "../status/status-of.ts";
import { write } from "../status/status-writing.ts";
import { findElsewhere } from "./vanishing.ts";

/** Deletes a container: stops it politely, takes its VM and directory away, and lets the resource go. */
export async function remove(
  scope: Scope,
  container: ContainerVM,
  context: Context,
): Promise<Outcome> {
  const { deps, memory } = scope;
  const [key, hostKey] = [keyOf(container), hostKeyOf(container)];
  const [host, live] = [scope.containerHosts.get(hostKey), deps.hosts.get(hostKey)];
  const neverBegun = container.status?.id === undefined;
  const isForced = container.metadata.annotations?.[ANNOTATIONS.forceDelete] === "true";
  // A host that is gone took its VMs along, or left them to whoever takes over.
  if (!host || memory.removed.has(key))
    return letGo(scope, container, context, memory.removed.has(key));
  if (!live) {
    if (neverBegun) return letGo(scope, container, context);
    if (isForced) return abandon(scope, container, context);
    if (!isExpected(host)) await tellProblem(container, context, WAITS_FOR_HOST, "working");
    return park(hostTopic(hostKey));
  }
  if (!knowsVms(live)) return requeueAfter(1000);
  const id = idOfContainer(container);
  const told = vmOf(live, container);
  const vm = told && asAnswered(memory, key, told).vm;
  if (!vm && neverBegun) return letGo(scope, container, context);
  if (!vm && (await isBeingCreated(scope, container, live))) return requeueAfter(POLL_MS);
  const elsewhere = vm ? undefined : await findElsewhere(live, container);
  if (elsewhere) return leave(scope, container, context, elsewhere.name);
  const problem = vm && unavailability(vm);
  if (problem) {
    if (isForced) return abandon(scope, container, context);
    await tellProblem(container, context, problem, "stuck");
    return awaitChange();
  }
  const waitMs =
    (vm && (await stop(scope, container, live, vm))) ??
    (vm && (await tellEnd(scope, container, live, vm, context))) ??
    (await letReadersEnd(scope, container, context));
  if (waitMs !== undefined) return requeueAfter(waitMs);
  scope.activities.start(key, "delete", async () => {
    await removeContainer(live, vm, id);
    memory.removed.add(key);
  });
  return awaitChange();
}

const WAITS_FOR_HOST: Problem = {
  reason: REASONS.Deleting,
  message: "Waits until its VirtualContainerHost can be reached in vSphere.",
};

/** Asks a running container to stop. Returns for how long to wait for it; undefined: its power is off, or to be cut. */
async function stop(
  scope: Scope,
  container: ContainerVM,
  live: LiveHost,
  vm: VmRecord,
): Promise<number | undefined> {
  const seen = observed(vm);
  if (seen?.powerState !== "poweredOn") return undefined;
  const { memory } = scope;
  const key = keyOf(container);
  const recorded = knownStatus(container);
  if (isEnding(seen, recorded)) {
    // It powers off by itself: that saves a call, and what it says last.
    const since = memory.endingSince.get(key) ?? Date.now();
    memory.endingSince.set(key, since);
    const leftMs = since + END_MS - Date.now();
    return leftMs > 0 ? leftMs : undefined;
  }
  // `docker rm --force`: a kill is asked for, and then the end.
  if (pendingWish(container.spec, recorded)?.kill) {
    return startCut(scope, key, live, vm) ?? POLL_MS;
  }
  const { stopTimeoutSeconds } = container.spec;
  const step = planStop(seen, stopTimeoutSeconds, memory.stops.get(key), Date.now());
  if (step.do === "awaitTools") awaitTools(memory.stops, key);
  if (step.do === "waitForStop" || step.do === "awaitTools") return step.forMs;
  if (step.do !== "askToStop") return undefined;
  return (await requestStop(live, vm, memory.stops, key)) ? 0 : POLL_MS;
}

/**
 * Whether a VM may still come that isn't there: a process that died may have sent its create a moment ago. A container that was let go of too soon would
 * leave that VM behind.
 */
async function isBeingCreated(
  { memory }: Scope,
  container: ContainerVM,
  { server, members, equipment }: LiveHost,
): Promise<boolean> {
  if (!members || wasCreated(container) || container.status?.state !== "Creating") return false;
  const key = keyOf(container);
  const since = memory.removalSince.get(key) ?? Date.now();
  memory.removalSince.set(key, since);
  const waitedMs = Date.now() - since;
  if (waitedMs > CREATE_MS) return false;
  const place = equipment?.place ?? { vApp: members };
  const creator = "vApp" in place ? place.vApp : place.folder;
  return waitedMs < CALL_MS || (await runningTasks(server.vsphere, creator)) > 0;
}

/** How long a call that was sent may take to become a task, milliseconds. */
const CALL_MS = 2000;
/** How long a create is waited for, milliseconds. */
const CREATE_MS = 30_000;

/** What is under way wakes the key; in case that gets lost, milliseconds. */
const POLL_MS = 1000;

/** How long a VM whose run is over may take to power off before its power is cut, milliseconds. */
const END_MS = 10_000;

/** Tells how the last run ended, for those who wait for its exit code. Returns for how long to wait for that. */
async function tellEnd(
  scope: Scope,
  container: ContainerVM,
  live: LiveHost,
  vm: VmRecord,
  context: Context,
): Promise<number | undefined> {
  const seen = observed(vm);
  const before = knownStatus(container);
  if (!seen || seen.powerState !== "poweredOff" || !isRunning(before)) return undefined;
  const cut = await explainEnd(scope, container, live, vm, seen, before);
  if (cut === "wait") return LAST_WORD_MS;
  const run = observeRun(seen, before, cut, new Date().toISOString());
  const served = { stopRequested: true };
  const now = statusOf(before, vm, run, { served }, before.vsphere?.host);
  await write(scope, container, context, before, now);
  return undefined;
}

const isRunning = ({ state }: Known): boolean =>
  state === "Running" || state === "Stopping" || state === "Starting";

/**
 * Waits for those who read the output of a container that goes at its end: they take off the finalizer. Returns for how long to wait; who takes too
 * long, or died, isn't waited for.
 */
async function letReadersEnd(
  { memory }: Scope,
  container: ContainerVM,
  context: Context,
): Promise<number | undefined> {
  if (!container.metadata.finalizers?.includes(OUTPUT_FINALIZER)) return undefined;
  const key = keyOf(container);
  const since = memory.outputSince.get(key) ?? Date.now();
  memory.outputSince.set(key, since);
  const leftMs = since + OUTPUT_MS - Date.now();
  if (leftMs > 0) return leftMs;
  await context.removeFinalizer(container, OUTPUT_FINALIZER);
  return undefined;
}

/** How long who reads the output of a container that is to go may take, milliseconds. */
const OUTPUT_MS = 30_000;

async function abandon(scope: Scope, container: ContainerVM, context: Context): Promise<Outcome> {
  const { name = "", path = idOfContainer(container) } = container.status?.vsphere ?? {};
  const note = `Left behind in vSphere: VM "${name}", ${path}`;
  context.event(container, { type: "Warning", reason: REASONS.Abandoned, action: "Delete", note });
  return letGo(scope, container, context);
}

/** Lets go of a container whose VM an administrator took out of the host. */
function leave(
  scope: Scope,
  container: ContainerVM,
  context: Context,
  name: string,
): Promise<Outcome> {
  const note = `Left alone in vSphere: VM "${name}", which was moved out of the host`;
  context.event(container, { type: "Normal", reason: REASONS.VMMoved, action: "Delete", note });
  return letGo(scope, container, context);
}

async function letGo(
  scope: Scope,
  container: ContainerVM,
  context: Context,
  wasRemoved = false,
): Promise<Outcome> {
  const name = container.status?.vsphere?.name;
  const note =
    wasRemoved && name !== undefined ? `VM "${name}" was deleted with its directory` : "It is gone";
  const event = { type: "Normal", reason: REASONS.Deleted, action: "Delete", note } as const;
  const key = keyOf(container);
  const { farewells } = scope.memory;
  if (farewells.get(key) === "gone") return awaitChange();
  if (!farewells.has(key)) context.event(container, asDockerEvent(container, event, "destroy"));
  farewells.set(key, "told");
  await releaseNames(scope, container, context);
  await context.removeFinalizer(container, FINALIZER);
  farewells.set(key, "gone");
  return awaitChange();
}
