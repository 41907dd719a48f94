import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { idOfContainer } from "../../../api/identity.ts";
import { GUEST_CONFIG_KEY } from "../../../api/markers.ts";
import { keyOf } from "../../../kube/object.ts";
import { readVmHardware, type VmRecord } from "../../../vsphere/index.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import { chooseImage } from "../decisions/image-of.ts";
import {
  type ObservedVm,
  pendingWish,
  type Served,
  servedBy,
  type Wish,
} from "../decisions/power.ts";
import { asAnswered, BY_HOST, observed, type Scope } from "../scope/scope.ts";
import { networksInGuestConfig } from "../specification/guest-config.ts";
import { type Known, knownStatus } from "../status/status-of.ts";
import { returned } from "./vanishing.ts";

/** One reconcile of a container that has a VM: what it works with. */
export interface Turn {
  readonly key: string;
  readonly container: ContainerVM;
  readonly live: LiveHost;
  readonly vm: VmRecord;
  /** For how long the VM counts as one that is on though vSphere doesn't tell so, milliseconds. */
  readonly untoldMs: number | undefined;
  readonly seen: ObservedVm;
  /** What the status says, as far as it counts. */
  readonly before: Known;
  /** Wishes that were served, of which the status doesn't tell yet. */
  readonly adopted: Partial<Served>;
  /** The status with these. */
  readonly recorded: Known;
  /** What is to be served. */
  readonly wish: Wish | undefined;
}

/** States of which the first boot may end before it is written that it began. */
const UNBORN: ReadonlySet<Known["state"]> = new Set([undefined, "Pending", "Creating", "Created"]);

/** Begins a turn; undefined while vSphere says nothing of the VM's power. */
export async function beginTurn(
  scope: Scope,
  container: ContainerVM,
  live: LiveHost,
  told: VmRecord,
): Promise<Turn | undefined> {
  const { memory } = scope;
  const key = keyOf(container);
  memory.created.delete(key);
  const { vm, untoldMs } = asAnswered(memory, key, told);
  const seen = observed(vm);
  if (!seen) return undefined;
  // A VM without a status: restored from a backup or from git. What it does is accepted.
  const isRestored = container.status?.id === undefined;
  const before = isRestored
    ? await restored(scope, container, live, vm)
    : returned(knownStatus(container));
  const accepted = seen.powerState === "poweredOn" ? "On" : "Off";
  const adopted = isRestored ? servedBy(container.spec, accepted) : (memory.served.get(key) ?? {});
  if (seen.powerState === "poweredOn") memory.seenOn.add(key);
  const isFirst = memory.seenOn.has(key) && UNBORN.has(before.state);
  const recorded: Known = { ...before, ...adopted, ...(isFirst ? { state: "Starting" } : {}) };
  const stop = memory.stops.get(key);
  // By this process, or by one that died since and had written so.
  const isAsked = stop ? !stop.unheard : isStopping(before, adopted);
  const wish = pendingWish(container.spec, recorded, isAsked);
  // A status that still tells of a stop would make one of it that the guest has heard of.
  const isRemembered = stop?.unheard === true && before.state === "Stopping";
  const isOver = wish ? wish.target === "Off" && seen.powerState === "poweredOff" : !isRemembered;
  if (isOver) memory.stops.delete(key);
  return { key, container, live, vm, untoldMs, seen, before, adopted, recorded, wish };
}

/** Whether the status tells of a stop, or of a start after one that was taken back, and nothing was served since. */
const isStopping = (before: Known, adopted: Partial<Served>): boolean =>
  (before.state === "Stopping" ||
    (before.state === "Restarting" && before.stopRequested === true)) &&
  adopted.servedPowerState === undefined;

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
