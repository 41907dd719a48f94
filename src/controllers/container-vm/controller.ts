import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { parseGuestReport } from "../../api/guest-report.ts";
import { containerId, instanceUuid } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import { EXTRA_CONFIG, GUEST_CONFIG_KEY, GUEST_REPORT_KEY } from "../../api/markers.ts";
import { ANNOTATIONS, FINALIZER, LABELS } from "../../api/metadata.ts";
import { vmPaths } from "../../api/naming.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { isAlreadyExists } from "../../kube/errors.ts";
import { keyOf } from "../../kube/object.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import { type ControllerSpec, type ReconcileContext, watching } from "../../reconcile/controller.ts";
import { ReconcileError, RetryError } from "../../reconcile/errors.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import { isFault, readVmHardware, shutdownGuest, type VmRecord } from "../../vsphere/index.ts";
import { Activities } from "../activities/activities.ts";
import type { Dependencies } from "../dependencies.ts";
import { explainError, toReconcileError } from "../failures/vsphere-failure.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import { hostTopic, type LiveHost, vmOfHost } from "../hosts/host-registry.ts";
import { deletePath } from "../placement/owner-file.ts";
import type { Problem } from "../placement/problem.ts";
import { type Progress, report } from "../reporting/report.ts";
import { markerOfOurs } from "../virtual-machines/ours.ts";
import { powerOn } from "../virtual-machines/power.ts";
import { createContainer, cutPower, isUnregistered, readExitCode, removeContainer } from "./acts.ts";
import { stateConditions } from "./condition-of.ts";
import { containerSpec } from "./container-spec.ts";
import { networksInGuestConfig, processArgs } from "./guest-config.ts";
import { chooseImage, imageProblem, isReady } from "./image-of.ts";
import { Memory } from "./memory.ts";
import { allocateNetworks } from "./networks.ts";
import { type Cut, endIsUnknown, KILLED, observeRun } from "./observe.ts";
import { type ObservedVm, pendingWish, planPower, planStop, servedBy } from "./power.ts";
import { holdMs, type Known, knownStatus, statusOf } from "./status-of.ts";

type Context = ReconcileContext<ContainerVM>;

const BY_HOST = "host";
/** How long a run's end may stay unexplained: its last report may come after the news that the VM is off. */
const LAST_WORD_MS = 1500;
/** How long another process's create is given to show its VM. */
const APPEAR_MS = 2000;
/** How long the inventory may take to show a VM that was created. */
const ENTER_MS = 10_000;

/** Makes each ContainerVM a VM, starts and stops it, and tells what becomes of it. */
export function containerVmController(deps: Dependencies): ControllerSpec<ContainerVM> {
  const { informers, hosts, servers, installation } = deps;
  const containers = informers.of(KINDS.ContainerVM);
  const images = informers.of(KINDS.ContainerImage);
  const containerHosts = informers.of(KINDS.VirtualContainerHost);
  containers.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);
  images.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);
  const activities = new Activities();
  const memory = new Memory();

  const idOf = (container: ContainerVM): string => container.status?.id ?? containerId(container.metadata.uid);
  const wasCreated = ({ status }: ContainerVM): boolean => status?.vsphere?.moRef !== undefined;

  async function problem(container: ContainerVM, context: Context, found: Problem, progress: Progress, more: ConditionInput[] = [], silent = false): Promise<void> {
    const conditions: ConditionInput[] = [{ type: CONDITIONS.Ready, status: "False", ...found }, ...more];
    const status: Known = { ...knownStatus(container), ...(wasCreated(container) ? {} : { state: container.status?.state ?? "Pending" }) };
    await report(context, container, { status, conditions, progress, action: container.metadata.deletionTimestamp ? "Delete" : "Create", silent });
  }

  // ---- a container that has no VM yet

  async function create(container: ContainerVM, host: VirtualContainerHost, live: LiveHost, context: Context): Promise<Outcome> {
    const key = keyOf(container);
    const { equipment } = live;
    if (!equipment) {
      await problem(container, context, hostNotReady(container), "working");
      return park(hostTopic(live.key));
    }
    const image = await ensureImage(container, context);
    if ("outcome" in image) return image.outcome;
    const { found } = image;
    if (processArgs(container.spec, found.status?.config ?? {}).length === 0) {
      const message = "Neither the image nor the spec says what to run: make another ContainerVM with spec.command.";
      await problem(container, context, { reason: REASONS.NoCommand, message }, "stuck");
      return awaitChange();
    }
    const id = idOf(container);
    const networks = networksOf(container, id, host);
    if ("reason" in networks) {
      await problem(container, context, networks, "stuck");
      return requeueAfter(60_000);
    }
    const wish = pendingWish(container.spec, container.status ?? {});
    const start = wish?.target === "On";
    const config = containerSpec({ container, id, installation, host: live, equipment, defaults: host.spec.containerDefaults, image: found.status ?? {}, networks });
    // The addresses stand in the status before anything has them: so no other process gives them away.
    await report(context, container, {
      status: {
        ...knownStatus(container),
        id,
        state: "Creating",
        imageRef: { name: found.metadata.name },
        ...(found.status?.digest === undefined ? {} : { imageDigest: found.status.digest }),
        networks,
      },
      conditions: [
        { type: CONDITIONS.Ready, status: "False", reason: REASONS.Creating, message: "The VM is being created" },
        { type: CONDITIONS.ImageReady, status: "True", reason: REASONS.Available, message: `ContainerImage "${found.metadata.name}" is ready` },
        { type: CONDITIONS.Created, status: "False", reason: REASONS.Creating, message: "The VM is being created" },
      ],
      progress: "working",
      action: "Create",
    });
    activities.start(key, "create", async () => {
      try {
        await createContainer(live, equipment.vApp, config, start);
        memory.clashes.delete(key);
        memory.created.set(key, Date.now());
        memory.served.set(key, servedBy(container.spec));
      } catch (error) {
        if (await appeared(live, id, error)) return;
        await afterFailedCreate(key, id, live, keyOf(found), error);
        throw error;
      }
    });
    return awaitChange();
  }

  /** Whether a create failed because a killed process's create was still at work, and has succeeded meanwhile. */
  async function appeared(live: LiveHost, id: string, error: unknown): Promise<boolean> {
    if (!isFault(error, "DuplicateName", "AlreadyExists", "FileAlreadyExists")) return false;
    await new Promise((resolve) => setTimeout(resolve, APPEAR_MS));
    return vmOfHost(live, instanceUuid(live.id, id)) !== undefined;
  }

  /** A parent disk, an ISO or a vApp that is missing is repaired by whose it is; leftovers of a killed run are removed. */
  async function afterFailedCreate(key: string, id: string, live: LiveHost, imageKey: string, error: unknown): Promise<void> {
    if (isFault(error, "FileNotFound", "InvalidDeviceSpec", "InvalidDeviceBacking")) hosts.suspectImage(imageKey);
    if (isFault(error, "FileNotFound", "ManagedObjectNotFound", "InvalidArgument")) hosts.suspect(live.key);
    if (!isFault(error, "FileAlreadyExists", "AlreadyExists")) return;
    // Perhaps a killed process's call is still at work: only what is there a second time is a leftover.
    const count = (memory.clashes.get(key) ?? 0) + 1;
    memory.clashes.set(key, count);
    if (count > 3 && !vmOfHost(live, instanceUuid(live.id, id))) await deletePath(live.server, vmPaths(live.store.datastore, id).directory);
  }

  async function ensureImage(container: ContainerVM, context: Context): Promise<{ readonly found: ContainerImage } | { readonly outcome: Outcome }> {
    const choice = chooseImage(container, images.store.byIndex(BY_HOST, hostKeyOf(container)));
    if ("problem" in choice) {
      await problem(container, context, choice.problem, "stuck");
      return { outcome: awaitChange() };
    }
    if ("create" in choice) {
      const { namespace } = container.metadata;
      const { apiVersion, kind } = KINDS.ContainerImage;
      const { hostRef, image } = container.spec;
      const metadata = { name: choice.create, namespace, labels: { [LABELS.host]: hostRef.name } };
      await context.client.create(KINDS.ContainerImage, { apiVersion, kind, metadata, spec: { hostRef, image } }).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      });
      await waitForImage(container, context, { reason: REASONS.ImageNotReady, message: `ContainerImage "${choice.create}" was made; it isn't ready yet.` });
      return { outcome: awaitChange() };
    }
    if (isReady(choice.found)) return choice;
    await waitForImage(container, context, imageProblem(choice.found));
    return { outcome: awaitChange() };
  }

  const waitForImage = (container: ContainerVM, context: Context, found: Problem): Promise<void> =>
    problem(container, context, found, "working", [{ type: CONDITIONS.ImageReady, status: "False", ...found }]);

  function networksOf(container: ContainerVM, id: string, host: VirtualContainerHost): ReturnType<typeof allocateNetworks> {
    const [key, hostKey] = [keyOf(container), hostKeyOf(container)];
    if (container.status?.networks?.length === container.spec.networks.length) return container.status.networks;
    const taken = containers.store
      .byIndex(BY_HOST, hostKey)
      .filter((each) => each.metadata.uid !== container.metadata.uid)
      .flatMap(({ status }) => status?.networks ?? []);
    const networks = allocateNetworks(container, id, host.spec.networks.bridge, [...taken, ...memory.reservations.ofOthers(key, hostKey)]);
    if (!("reason" in networks)) memory.reservations.hold(key, hostKey, networks);
    return networks;
  }

  // ---- a container that has a VM

  async function serve(container: ContainerVM, live: LiveHost, vm: VmRecord, context: Context): Promise<Outcome> {
    const key = keyOf(container);
    memory.created.delete(key);
    const seen = observed(vm);
    if (!seen) return awaitChange();
    // A VM without a status: restored from a backup or from git. What it does is accepted.
    const before: Known = container.status?.id === undefined ? await restored(container, live, vm) : knownStatus(container);
    const adopted = container.status?.id === undefined ? servedBy(container.spec) : memory.served.get(key);
    const recorded: Known = { ...before, ...adopted };
    const wish = pendingWish(container.spec, recorded);
    if (!wish || seen.powerState === "poweredOff") memory.stops.delete(key);
    const step = planPower(wish, seen, recorded, memory.stops.get(key), Date.now());
    let againMs: number | undefined;
    switch (step.do) {
      case "powerOn":
        startPower(container, "start", async () => {
          await powerOn(live.server, vm.ref);
          memory.stops.delete(key);
          memory.killed.delete(key);
          memory.served.set(key, servedBy(container.spec));
        });
        return awaitChange();
      case "powerOff":
        startPower(container, "powerOff", () => {
          memory.killed.add(key);
          return cutPower(live, vm);
        });
        return awaitChange();
      case "askToStop":
        memory.stops.set(key, { askedAtMs: Date.now() });
        await askToStop(live, vm);
        againMs = 0;
        break;
      case "waitForStop":
        againMs = step.forMs;
        break;
      case "nothing":
        break;
    }
    const cut = await explainEnd(container, live, vm, seen, recorded);
    if (cut === "wait") return requeueAfter(LAST_WORD_MS);
    const run = observeRun(seen, recorded, cut);
    if (seen.powerState === "poweredOn" && run.state !== "Stopping") memory.killed.delete(key);
    const served = step.do === "nothing" && wish ? servedBy(container.spec) : (adopted ?? {});
    const stopping = memory.stops.has(key) && seen.powerState === "poweredOn";
    const hostName = vm.host && servers.hostName(live.server, vm.host);
    const now = statusOf(before, vm, stopping ? { ...run, state: "Stopping" } : run, served, hostName);
    const heldMs = await write(container, context, before, now);
    const waits = [againMs, heldMs].filter((ms) => ms !== undefined);
    return waits.length > 0 ? requeueAfter(Math.min(...waits)) : awaitChange();
  }

  /** What a VM tells of a container whose status was lost: its addresses are in what its guest was told. */
  async function restored(container: ContainerVM, live: LiveHost, vm: VmRecord): Promise<Known> {
    const hardware = await readVmHardware(live.server.vsphere, vm.ref);
    const image = chooseImage(container, images.store.byIndex(BY_HOST, hostKeyOf(container)));
    return {
      ...knownStatus(container),
      id: idOf(container),
      networks: networksInGuestConfig(hardware?.extraConfig[GUEST_CONFIG_KEY]),
      ...("found" in image ? { imageRef: { name: image.found.metadata.name } } : {}),
    };
  }

  /** Writes a status, or returns for how long it may wait for more to come. */
  async function write(container: ContainerVM, context: Context, before: Known, now: Known): Promise<number | undefined> {
    const key = keyOf(container);
    const since = memory.behindSince.get(key) ?? Date.now();
    const leftMs = since + holdMs(before, now) - Date.now();
    if (leftMs > 0 && JSON.stringify(sorted(before)) !== JSON.stringify(sorted(now))) {
      memory.behindSince.set(key, since);
      return leftMs;
    }
    memory.behindSince.delete(key);
    const state = now.state ?? "Pending";
    await report(context, container, {
      status: now,
      conditions: [
        ...stateConditions(state, container.spec.powerState === "Off", now.exit),
        { type: CONDITIONS.ImageReady, status: "True", reason: REASONS.Available, message: `ContainerImage "${now.imageRef?.name ?? ""}" is ready` },
      ],
      progress: state === "Starting" || state === "Stopping" ? "working" : "done",
      action: "Run",
    });
    memory.served.delete(key);
    return undefined;
  }

  const startPower = (container: ContainerVM, name: string, run: () => Promise<void>): void => activities.start(keyOf(container), name, run);

  /** How a run ended that left no report; "wait": its report may still come. */
  async function explainEnd(container: ContainerVM, live: LiveHost, vm: VmRecord, seen: ObservedVm, recorded: Known): Promise<Cut | "wait" | undefined> {
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
    const exitCode = browser && (await readExitCode(live, browser, vm, idOf(container), seen.report.run).catch(() => undefined));
    return exitCode === undefined ? undefined : { exitCode };
  }

  async function vanished(container: ContainerVM, live: LiveHost, context: Context): Promise<Outcome> {
    const key = keyOf(container);
    const createdMs = memory.created.get(key);
    if (createdMs !== undefined && Date.now() - createdMs < ENTER_MS) return requeueAfter(500);
    memory.created.delete(key);
    if (container.status?.state === "Gone") return awaitChange();
    const browser = live.equipment?.browser;
    const unregistered = browser !== undefined && (await isUnregistered(live, browser, idOf(container)));
    const found: Problem = unregistered
      ? { reason: REASONS.VMUnregistered, message: "The VM was unregistered in vSphere; its files are there. Register it again in the host's vApp, or delete this ContainerVM." }
      : { reason: REASONS.VMDeleted, message: "The VM vanished from vSphere with its files. Delete this ContainerVM and apply it anew." };
    const { vsphere: _vsphere, pid: _pid, tools: _tools, ...kept } = knownStatus(container);
    const exit = kept.exit ?? { code: KILLED, reason: found.reason, message: found.message };
    await report(context, container, {
      status: { ...kept, ...servedBy(container.spec), state: "Gone", exit, vsphere: { ...container.status?.vsphere, powerState: "poweredOff" } },
      conditions: [
        { type: CONDITIONS.Ready, status: "False", ...found },
        { type: CONDITIONS.Created, status: "False", ...found },
      ],
      progress: "stuck",
      action: "Observe",
    });
    return awaitChange();
  }

  // ---- a container that is being deleted

  async function remove(container: ContainerVM, context: Context): Promise<Outcome> {
    const key = keyOf(container);
    const live = hosts.get(hostKeyOf(container));
    const forced = container.metadata.annotations?.[ANNOTATIONS.forceDelete] === "true";
    const neverBegun = container.status?.id === undefined;
    if (!containerHosts.store.get(hostKeyOf(container)) || memory.removed.has(key)) return letGo(container, context);
    if (!live && (neverBegun || forced)) {
      if (!neverBegun) {
        const note = `Left behind in vSphere: VM "${container.status?.vsphere?.name ?? ""}", ${container.status?.vsphere?.path ?? idOf(container)}`;
        context.event(container, { type: "Warning", reason: REASONS.Abandoned, action: "Delete", note });
      }
      return letGo(container, context);
    }
    if (!live) {
      await problem(container, context, { reason: REASONS.Deleting, message: "Waits until its VirtualContainerHost can be reached in vSphere." }, "working");
      return park(hostTopic(hostKeyOf(container)));
    }
    if (!live.server.vsphere.inventory.synced) return requeueAfter(1000);
    const id = idOf(container);
    const vm = vmOfHost(live, instanceUuid(live.id, id));
    if (!vm && neverBegun) return letGo(container, context);
    const seen = vm && observed(vm);
    if (vm && seen && seen.powerState !== "poweredOff") {
      const step = planStop(seen, container.spec.stopTimeoutSeconds, memory.stops.get(key), Date.now());
      if (seen.powerState === "poweredOn" && step.do === "waitForStop") return requeueAfter(step.forMs);
      if (seen.powerState === "poweredOn" && step.do === "askToStop") {
        memory.stops.set(key, { askedAtMs: Date.now() });
        await askToStop(live, vm);
        return requeueAfter(0);
      }
    }
    activities.start(key, "delete", async () => {
      await removeContainer(live, vm, id);
      memory.removed.add(key);
    });
    return awaitChange();
  }

  async function letGo(container: ContainerVM, context: Context): Promise<Outcome> {
    await context.removeFinalizer(container, FINALIZER);
    return awaitChange();
  }

  /** Whether a VM's key is ours is told by its marker: a stranger's changes wake nobody. */
  function keyOfVm(vm: VmRecord): string | undefined {
    if (vm.extraConfig[EXTRA_CONFIG.installation] !== installation) return undefined;
    const hostId = vm.extraConfig[EXTRA_CONFIG.hostId] ?? "";
    return /^[0-9a-f-]{36}$/i.test(hostId) ? markerOfOurs(vm, installation, hostId)?.container : undefined;
  }

  return {
    name: "containervm",
    kind: KINDS.ContainerVM,
    group: (key, container) => (container ? hostKeyOf(container) : key),
    watches: [
      watching(KINDS.ContainerImage, (image) =>
        containers.store.byIndex(BY_HOST, hostKeyOf(image)).filter((each) => !wasCreated(each)).map((each) => keyOf(each)),
      ),
      watching(KINDS.VirtualContainerHost, (host) =>
        containers.store
          .byIndex(BY_HOST, keyOf(host))
          .filter((each) => each.metadata.deletionTimestamp || (!wasCreated(each) && waitsForHost(each)))
          .map((each) => keyOf(each)),
      ),
    ],
    sources: [
      {
        name: "vsphere",
        run: (queue, signal) => {
          activities.onEnd((key) => queue.enqueue(key));
          const stops = [
            servers.onVm((_server, { vm }) => {
              const key = keyOfVm(vm);
              if (key !== undefined) queue.enqueue(key);
            }),
            hosts.onPut((key) => queue.wake(hostTopic(key))),
          ];
          return new Promise<void>((resolve) => {
            signal.addEventListener(
              "abort",
              () => {
                stops.forEach((stop) => stop());
                void activities.stop().then(resolve);
              },
              { once: true },
            );
          });
        },
      },
    ],
    async reconcile({ key, object: container }, context): Promise<Outcome> {
      if (!container) {
        memory.forget(key);
        activities.forget(key);
        return awaitChange();
      }
      if (activities.running(key)) return awaitChange();
      try {
        activities.throwFailure(key);
        if (container.metadata.deletionTimestamp) return await remove(container, context);
        if (await context.ensureFinalizer(container, FINALIZER)) return awaitChange();
        const hostKey = hostKeyOf(container);
        const host = containerHosts.store.get(hostKey);
        if (!host) {
          const message = `There is no VirtualContainerHost "${container.spec.hostRef.name}" in this namespace: create it, or correct spec.hostRef.`;
          await problem(container, context, { reason: REASONS.HostNotFound, message }, "stuck");
          return awaitChange();
        }
        const live = hosts.get(hostKey);
        if (!live) {
          if (!wasCreated(container)) await problem(container, context, hostNotReady(container), "working");
          return park(hostTopic(hostKey));
        }
        if (!live.server.vsphere.inventory.synced) return requeueAfter(1000);
        const vm = vmOfHost(live, instanceUuid(live.id, idOf(container)));
        if (vm) return await serve(container, live, vm, context);
        if (wasCreated(container) || memory.created.has(key)) return await vanished(container, live, context);
        if (host.metadata.deletionTimestamp) {
          await problem(container, context, { reason: REASONS.HostNotReady, message: "Its VirtualContainerHost is being deleted." }, "stuck");
          return awaitChange();
        }
        return await create(container, host, live, context);
      } catch (cause) {
        const error = toReconcileError(cause);
        if (error instanceof ReconcileError) {
          await problem(container, context, explainError(error), "working", [], error.handling !== "waiting");
          // vSphere's answers aren't hurried along by asking at once again.
          if (error instanceof RetryError && explainError(error).reason === REASONS.NameClash) return requeueAfter(30_000);
        }
        throw error;
      }
    },
  };
}

function observed(vm: VmRecord): ObservedVm | undefined {
  if (vm.powerState === undefined) return undefined;
  return {
    powerState: vm.powerState,
    tools: vm.toolsRunningStatus === "guestToolsRunning",
    report: parseGuestReport(vm.extraConfig[GUEST_REPORT_KEY]),
  };
}

/** A guest whose tools went away, or that went off by itself, is no error: the next look tells. */
async function askToStop(live: LiveHost, vm: VmRecord): Promise<void> {
  try {
    await shutdownGuest(live.server.vsphere, vm.ref);
  } catch (error) {
    if (!isFault(error, "ToolsUnavailable", "InvalidPowerState", "ManagedObjectNotFound")) throw error;
  }
}

/** Whether what a container waits for may have come about by a change of its host. Those that wait for vSphere are parked. */
const waitsForHost = ({ status }: ContainerVM): boolean =>
  status?.conditions?.some(({ reason }) => reason === REASONS.HostNotFound || reason === REASONS.HostNotReady || reason === REASONS.AddressesExhausted) ?? true;

const hostNotReady = (container: ContainerVM): Problem => ({
  reason: REASONS.HostNotReady,
  message: `VirtualContainerHost "${container.spec.hostRef.name}" isn't ready.`,
});

/** With its keys in one order, to be compared. */
const sorted = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, each]) => [key, sorted(each)]),
      )
    : value;

