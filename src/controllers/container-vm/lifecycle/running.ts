import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { idOfContainer } from "../../../api/identity.ts";
import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import { KINDS } from "../../../api/kinds.ts";
import { GUEST_CONFIG_KEY } from "../../../api/markers.ts";
import { takesRoom } from "../../../api/quota.ts";
import { isConflict, isNotFound } from "../../../kube/errors.ts";
import { keyOf } from "../../../kube/object.ts";
import { findCondition } from "../../../reconcile/conditions.ts";
import { awaitChange, type Outcome, requeueAfter } from "../../../reconcile/outcome.ts";
import { readVmHardware, type VmRecord } from "../../../vsphere/index.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import { awaitTools, cutPower, requestStop, startContainer } from "./acts.ts";
import { explainEnd, LAST_WORD_MS } from "./ending.ts";
import type { Problem } from "../../reporting/problem.ts";
import { networksInGuestConfig } from "../specification/guest-config.ts";
import { chooseImage } from "../decisions/image-of.ts";
import { endsRun } from "../status/life-events.ts";
import type { Memory } from "../scope/memory.ts";
import { observeRun, type Run } from "../decisions/observe.ts";
import {
  isEnding,
  pendingWish,
  planPower,
  type PowerStep,
  type Served,
  servedBy,
  type Wish,
} from "../decisions/power.ts";
import { lastedMs, restartsAfter } from "../decisions/restart-policy.ts";
import { refusedToRun } from "../claims/quota.ts";
import { BY_HOST, type Context, observed, type Scope } from "../scope/scope.ts";
import { type Known, knownStatus, statusOf } from "../status/status-of.ts";
import { write } from "../status/status-writing.ts";
import { returned } from "./vanishing.ts";

/** After so long it is looked whether an ESXi host's name is known, milliseconds. */
const NAME_MS = 1000;

/** How long a VM may take to power off after its guest's last report, milliseconds. */
const END_MS = 60_000;

/** States of which the first boot may end before it is written that it began. */
const UNBORN: ReadonlySet<Known["state"]> = new Set([undefined, "Pending", "Creating", "Created"]);

/** The wish of a restart policy. */
const START_AGAIN: Wish = { target: "On", restart: false, kill: false, timeoutSeconds: 0 };

/** Serves a container that has a VM: its wishes about power, and its status. */
export async function serve(
  scope: Scope,
  container: ContainerVM,
  live: LiveHost,
  vm: VmRecord,
  context: Context,
): Promise<Outcome> {
  const { memory } = scope;
  const key = keyOf(container);
  memory.created.delete(key);
  const seen = observed(vm);
  if (!seen) return awaitChange();
  // A VM without a status: restored from a backup or from git. What it does is accepted.
  const isRestored = container.status?.id === undefined;
  const before = isRestored
    ? await restored(scope, container, live, vm)
    : returned(knownStatus(container));
  const accepted = seen.powerState === "poweredOn" ? "On" : "Off";
  const adopted = isRestored ? servedBy(container.spec, accepted) : memory.served.get(key);
  if (seen.powerState === "poweredOn") memory.seenOn.add(key);
  const isFirst = memory.seenOn.has(key) && UNBORN.has(before.state);
  const recorded: Known = { ...before, ...adopted, ...(isFirst ? { state: "Starting" } : {}) };
  const wish = pendingWish(container.spec, recorded);
  if (!wish || (wish.target === "Off" && seen.powerState === "poweredOff"))
    memory.stops.delete(key);
  const cut = await explainEnd(scope, container, live, vm, seen, recorded);
  if (cut === "wait") return requeueAfter(LAST_WORD_MS);
  const run = observeRun(seen, recorded, cut, new Date().toISOString());
  if (run.state === "Running") memory.killed.delete(key);
  if (!wish) memory.refused.delete(key);
  const again = wish ? undefined : nextStart(scope, container, before, recorded, run);
  const due = again && again.inMs <= 0 && before.state === "Restarting";
  const stop = memory.stops.get(key);
  const planned = planPower(
    wish ?? (due ? START_AGAIN : undefined),
    seen,
    recorded,
    stop,
    Date.now(),
  );
  const endingMs = endsIn(memory.endingSince, key, isEnding(seen, recorded), END_MS);
  const step: PowerStep =
    endingMs !== undefined && endingMs <= 0 ? { do: "powerOff", timedOut: false } : planned;
  const isStarting = run.state === "Starting" && seen.powerState === "poweredOn";
  const silentInMs = endsIn(memory.silentSince, key, isStarting, scope.deps.silentMs);
  const isSilent = silentInMs !== undefined && silentInMs <= 0;
  // Its ISO may be missing.
  if (isSilent && !isToldSilent(container)) scope.deps.hosts.suspect(live.key);
  const isOver = endsRun(before, run);
  // Not when the start is served: the status that tells so is written, and seen, later.
  if (takesRoom(container) || isOver || wish?.target === "Off") memory.granted.delete(key);
  const status = (served: Partial<Served>): Known => {
    const stopping = memory.stops.has(key) && seen.powerState === "poweredOn";
    const decided = { served, stopping, restarts: again?.restarts };
    return statusOf(before, vm, run, decided, shownHost(scope, live, vm, before).name);
  };
  // How a run ended is told before the next one begins.
  if (step.do === "powerOn" && isOver)
    await write(scope, container, context, before, status(adopted ?? {}));
  // What a restart policy starts again has kept its room.
  const refused = step.do === "powerOn" && wish ? refusedToRun(scope, container) : undefined;
  if (refused) {
    await write(scope, container, context, before, status(adopted ?? {}), refused);
    return awaitChange();
  }
  const stepped = await take(scope, container, live, vm, step, wish);
  if (stepped === "started") return awaitChange();
  const isServed = step.do === "nothing" && wish !== undefined;
  const now = status(isServed ? servedBy(container.spec, wish.target) : (adopted ?? {}));
  const silent = isSilent ? UNRESPONSIVE : undefined;
  const heldMs = await write(scope, container, context, before, now, silent);
  if (heldMs === undefined && !wish && isFinished(container, now)) {
    await removeAtEnd(container, context);
    return awaitChange();
  }
  const nameMs = shownHost(scope, live, vm, before).isPending ? NAME_MS : undefined;
  // One that is due waits for the power-off, which the watch tells.
  const againMs = again && again.inMs > 0 ? again.inMs : undefined;
  const quietMs = isSilent ? undefined : silentInMs;
  const waits = [stepped, heldMs, nameMs, endingMs, againMs, quietMs].filter(
    (ms) => ms !== undefined,
  );
  return waits.length > 0 ? requeueAfter(Math.min(...waits)) : awaitChange();
}

/** The start that a restart policy asks for, once a run has ended. */
function nextStart(
  { memory }: Scope,
  { metadata, spec }: ContainerVM,
  before: Known,
  recorded: Known,
  run: Run,
): { readonly restarts: number; readonly inMs: number } | undefined {
  const key = keyOf({ metadata });
  const isDecided = before.state === "Restarting" && before.run === run.run;
  if (!isDecided && !endsRun(before, run)) {
    if (run.exit) memory.restarts.forget(key);
    return undefined;
  }
  const done = Math.max(0, (recorded.restarts ?? 0) - (isDecided ? 1 : 0));
  const stopRequested = recorded.stopRequested === true || run.stopped === true;
  const end = { state: run.state, stopRequested, ...(run.exit ? { exit: run.exit } : {}) };
  if (!restartsAfter(spec.restart, end, done)) return undefined;
  const now = Date.now();
  const due = memory.restarts.due(key, run.run, lastedMs(run.startedAt, run.exit), now);
  return { restarts: done + 1, inMs: due - now };
}

/** In how many milliseconds something has gone on for so long; undefined where it doesn't. Its beginning is kept in `began`. */
function endsIn(
  began: Memory["endingSince"],
  key: string,
  goesOn: boolean,
  forMs: number,
): number | undefined {
  if (!goesOn) {
    began.delete(key);
    return undefined;
  }
  const since = began.get(key) ?? Date.now();
  began.set(key, since);
  return since + forMs - Date.now();
}

const UNRESPONSIVE: Problem = {
  reason: REASONS.Unresponsive,
  message:
    "The VM is on, but its guest hasn't started the process: its CD-ROM drive may be empty, or its ESXi host overloaded. Look at its console in vSphere; then stop and start the container.",
};

const isToldSilent = ({ status }: ContainerVM): boolean =>
  findCondition(status?.conditions, CONDITIONS.Ready)?.reason === REASONS.Unresponsive;

/** The name of the ESXi host. Names come a moment after a start: what the status says stands until then. */
function shownHost(
  { deps }: Scope,
  live: LiveHost,
  vm: VmRecord,
  before: Known,
): { readonly name: string | undefined; readonly isPending: boolean } {
  const name = vm.host && deps.servers.hostName(live.server, vm.host);
  const isPending = vm.host !== undefined && name === undefined;
  return { name: isPending ? before.vsphere?.host : name, isPending };
}

/** Whether a container is to go, now that it has ended (`docker run --rm`). */
const isFinished = ({ spec, metadata }: ContainerVM, { state }: Known): boolean =>
  spec.autoRemove === true &&
  metadata.deletionTimestamp === undefined &&
  (state === "Exited" || state === "Failed");

async function removeAtEnd({ metadata }: ContainerVM, { client }: Context): Promise<void> {
  const { name, namespace, uid } = metadata;
  try {
    await client.delete(KINDS.ContainerVM, { name, namespace }, { uid });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** Takes a step. Returns "started" when its end wakes the key, or after how long to look again. */
async function take(
  { activities, memory }: Scope,
  container: ContainerVM,
  live: LiveHost,
  vm: VmRecord,
  step: PowerStep,
  wish: Wish | undefined,
): Promise<"started" | number | undefined> {
  const key = keyOf(container);
  switch (step.do) {
    case "powerOn":
      activities.start(key, "start", async () => {
        await startContainer(live, vm);
        memory.stops.delete(key);
        memory.killed.delete(key);
        if (!wish) return;
        memory.restarts.forget(key);
        memory.served.set(key, servedBy(container.spec, wish.target));
      });
      return "started";
    case "powerOff":
      memory.killed.add(key);
      activities.start(key, "powerOff", () => cutPower(live, vm));
      return "started";
    case "askToStop":
      await requestStop(live, vm, memory.stops, key);
      return 0;
    case "awaitTools":
      awaitTools(memory.stops, key);
      return step.forMs;
    case "waitForStop":
      return step.forMs;
    case "waitForEnd":
    case "nothing":
      return undefined;
  }
}

/** What a VM tells of a container whose status was lost: its addresses are in what its guest was told. */
async function restored(
  { images }: Scope,
  container: ContainerVM,
  live: LiveHost,
  vm: VmRecord,
): Promise<Known> {
  const hardware = await readVmHardware(live.server.vsphere, vm.ref);
  const image = chooseImage(container, images.byIndex(BY_HOST, hostKeyOf(container)));
  return {
    ...knownStatus(container),
    id: idOfContainer(container),
    networks: networksInGuestConfig(hardware?.extraConfig[GUEST_CONFIG_KEY]),
    ...("found" in image ? { imageRef: { name: image.found.metadata.name } } : {}),
  };
}
