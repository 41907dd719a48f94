import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { GUEST_CONFIG_KEY } from "../../api/markers.ts";
import { keyOf } from "../../kube/object.ts";
import { awaitChange, type Outcome, requeueAfter } from "../../reconcile/outcome.ts";
import { readVmHardware, type VmRecord } from "../../vsphere/index.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import type { LiveHost } from "../hosts/host-registry.ts";
import { report } from "../reporting/report.ts";
import { powerOn } from "../virtual-machines/power.ts";
import { askToStop, cutPower, readExitCode } from "./acts.ts";
import { stateConditions } from "./condition-of.ts";
import { networksInGuestConfig } from "./guest-config.ts";
import { chooseImage } from "./image-of.ts";
import { lifeEvents } from "./life-events.ts";
import { type Cut, endIsUnknown, observeRun } from "./observe.ts";
import { type ObservedVm, pendingWish, planPower, type PowerStep, servedBy } from "./power.ts";
import { BY_HOST, type Context, idOf, observed, type Scope } from "./scope.ts";
import { holdMs, type Known, knownStatus, sameStatus, statusOf } from "./status-of.ts";

/** How long a run's end may stay unexplained: its last report may come after the news that the VM is off. */
const LAST_WORD_MS = 1500;

/** After so long it is looked whether an ESXi host's name is known, milliseconds. */
const NAME_MS = 1000;

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
  const before = isRestored ? await restored(scope, container, live, vm) : knownStatus(container);
  const adopted = isRestored ? servedBy(container.spec) : memory.served.get(key);
  const recorded: Known = { ...before, ...adopted };
  const wish = pendingWish(container.spec, recorded);
  if (!wish || seen.powerState === "poweredOff") memory.stops.delete(key);
  const step = planPower(wish, seen, recorded, memory.stops.get(key), Date.now());
  const stepped = await take(scope, container, live, vm, step);
  if (stepped === "started") return awaitChange();
  const cut = await explainEnd(scope, container, live, vm, seen, recorded);
  if (cut === "wait") return requeueAfter(LAST_WORD_MS);
  const run = observeRun(seen, recorded, cut);
  if (seen.powerState === "poweredOn" && run.state !== "Stopping") memory.killed.delete(key);
  const served = step.do === "nothing" && wish ? servedBy(container.spec) : (adopted ?? {});
  const stopping = memory.stops.has(key) && seen.powerState === "poweredOn";
  const hostName = vm.host && scope.deps.servers.hostName(live.server, vm.host);
  // Names of hosts come a moment after a start: what the status says stands until then.
  const isNamePending = vm.host !== undefined && hostName === undefined;
  const shownName = isNamePending ? before.vsphere?.host : hostName;
  const shown = stopping ? { ...run, state: "Stopping" as const } : run;
  const heldMs = await write(
    scope,
    container,
    context,
    before,
    statusOf(before, vm, shown, served, shownName),
  );
  const waits = [stepped, heldMs, isNamePending ? NAME_MS : undefined].filter(
    (ms) => ms !== undefined,
  );
  return waits.length > 0 ? requeueAfter(Math.min(...waits)) : awaitChange();
}

/** Takes a step. Returns "started" when its end wakes the key, or after how long to look again. */
async function take(
  { activities, memory }: Scope,
  container: ContainerVM,
  live: LiveHost,
  vm: VmRecord,
  step: PowerStep,
): Promise<"started" | number | undefined> {
  const key = keyOf(container);
  switch (step.do) {
    case "powerOn":
      activities.start(key, "start", async () => {
        await powerOn(live.server, vm.ref);
        memory.stops.delete(key);
        memory.killed.delete(key);
        memory.served.set(key, servedBy(container.spec));
      });
      return "started";
    case "powerOff":
      memory.killed.add(key);
      activities.start(key, "powerOff", () => cutPower(live, vm));
      return "started";
    case "askToStop":
      memory.stops.set(key, { askedAtMs: Date.now() });
      await askToStop(live, vm);
      return 0;
    case "waitForStop":
      return step.forMs;
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
    id: idOf(container),
    networks: networksInGuestConfig(hardware?.extraConfig[GUEST_CONFIG_KEY]),
    ...("found" in image ? { imageRef: { name: image.found.metadata.name } } : {}),
  };
}

/** Writes a status, or returns for how long it may wait for more to come. */
async function write(
  { memory }: Scope,
  container: ContainerVM,
  context: Context,
  before: Known,
  now: Known,
): Promise<number | undefined> {
  const key = keyOf(container);
  const since = memory.behindSince.get(key) ?? Date.now();
  const leftMs = since + holdMs(before, now) - Date.now();
  if (leftMs > 0 && !sameStatus(before, now)) {
    memory.behindSince.set(key, since);
    return leftMs;
  }
  memory.behindSince.delete(key);
  const state = now.state ?? "Pending";
  const [ready, created] = stateConditions(state, container.spec.powerState === "Off", now.exit);
  await report(context, container, {
    status: now,
    conditions: [
      ready,
      created,
      {
        type: CONDITIONS.ImageReady,
        status: "True",
        reason: REASONS.Available,
        message: `ContainerImage "${now.imageRef?.name ?? ""}" is ready`,
      },
    ],
    progress: state === "Starting" || state === "Stopping" ? "working" : "done",
    action: "Run",
  });
  for (const event of lifeEvents(before, now, ready)) context.event(container, event);
  memory.served.delete(key);
  return undefined;
}

/** How a run ended that left no report; "wait": its report may still come. */
async function explainEnd(
  { memory }: Scope,
  container: ContainerVM,
  live: LiveHost,
  vm: VmRecord,
  seen: ObservedVm,
  recorded: Known,
): Promise<Cut | "wait" | undefined> {
  const key = keyOf(container);
  if (!endIsUnknown(seen, recorded)) {
    memory.endUnknownSince.delete(key);
    return undefined;
  }
  const since = memory.endUnknownSince.get(key) ?? Date.now();
  memory.endUnknownSince.set(key, since);
  if (Date.now() - since < LAST_WORD_MS) return "wait";
  if (memory.killed.has(key)) return "killed";
  const browser = live.equipment?.browser;
  if (!browser) return undefined;
  const exitCode = await readExitCode(live, browser, vm, idOf(container), seen.report.run);
  return exitCode === undefined ? undefined : { exitCode };
}
