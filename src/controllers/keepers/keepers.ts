import { keeperId, instanceUuid } from "../../api/identity.ts";
import { EXTRA_CONFIG } from "../../api/markers.ts";
import { imageDiskPaths } from "../../api/naming.ts";
import type { VmRecord } from "../../vsphere/index.ts";
import { KeyedMutex } from "../activities/mutex.ts";
import type { LiveHost } from "../hosts/host-registry.ts";
import { homeOf } from "../virtual-machines/home.ts";
import { markerOfOurs } from "../virtual-machines/ours.ts";
import { powerOff, removeVm } from "../virtual-machines/power.ts";
import { changeKeeper, createKeeper, deleteKept, type KeptDisk, readKept } from "./keeper-acts.ts";
import { type KeeperStep, type ObservedKeeper, planKeepers } from "./keeper-plan.ts";

/** A keeper in the inventory. */
interface Keeper extends ObservedKeeper {
  readonly vm: VmRecord;
  readonly kept: readonly KeptDisk[];
}

/** How long the inventory may take to show a keeper that was made, milliseconds. */
const ENTER_MS = 10_000;
/** No host has so many. */
const MAX_KEEPERS = 1000;

/**
 * The keepers of VirtualContainerHosts: VMs that never run, and hold a child of each image's top
 * disk. vCenter deletes parents of disks with their last child: without a keeper an administrator
 * who deletes the last container of an image takes the image's disks along.
 */
export class Keepers {
  readonly #installation: string;
  readonly #lock = new KeyedMutex();
  /** What a keeper was seen to hold, by its reference: as long as its configuration is the same, nothing is read again. */
  readonly #seen = new Map<
    string,
    { readonly version: string; readonly kept: readonly KeptDisk[] }
  >();
  /** The last keeper that was made and that the inventory may not show yet, by its host's key. */
  readonly #made = new Map<string, { readonly uuid: string; readonly atMs: number }>();

  constructor(installation: string) {
    this.#installation = installation;
  }

  /** Whether a VM is one of a host's keepers, as its marker says. */
  isKeeper(hostId: string, vm: VmRecord): boolean {
    // Told by its role first: the rest is hashed.
    if (vm.extraConfig[EXTRA_CONFIG.role] !== "keeper") return false;
    return markerOfOurs(vm, hostId)?.role === "keeper";
  }

  /**
   * Makes the host's keepers hold a child of each of these disks, and of no other. Throws what vSphere
   * throws; FileNotFound and InvalidDeviceSpec where one of the disks is gone.
   *
   * @param wanted chain ids; empty: no keeper at all
   * @returns the steps taken
   */
  hold(live: LiveHost, wanted: readonly string[]): Promise<KeeperStep[]> {
    return this.#lock.run(live.key, async () => {
      if (this.#isEntering(live)) return [];
      const keepers = await this.#observe(live);
      const steps = planKeepers(wanted, keepers);
      for (const step of steps) await this.#take(live, step, keepers);
      return steps;
    });
  }

  /** Takes children off the keepers whose chains have any of these disks, before those are deleted or made anew. */
  release(live: LiveHost, chainIds: readonly string[]): Promise<void> {
    return this.#lock.run(live.key, async () => {
      const paths = new Set(
        chainIds.map((chainId) => imageDiskPaths(live.store, live.id, chainId).disk),
      );
      const keepers = await this.#observe(live);
      for (const keeper of keepers) {
        const drop = keeper.kept.filter(({ parents }) => parents.some((path) => paths.has(path)));
        const { number } = keeper;
        if (drop.length === 0) continue;
        if (drop.length === keeper.kept.length)
          await this.#take(live, { do: "remove", number }, keepers);
        else await this.#take(live, { do: "change", number, add: [], drop }, keepers);
      }
    });
  }

  /**
   * Whether there is nothing to do for a host's keepers, as far as is known without asking vSphere. One that was
   * just made and doesn't show yet counts: its entering tells.
   */
  isSettled(live: LiveHost, wanted: readonly string[]): boolean {
    if (this.#isEntering(live)) return true;
    const keepers = this.#find(live).map(({ vm, number }) => {
      const seen = this.#seen.get(vm.ref.value);
      return seen?.version === versionOf(live, vm) ? observed(vm, number, seen.kept) : undefined;
    });
    const known = keepers.filter((keeper) => keeper !== undefined);
    return known.length === keepers.length && planKeepers(wanted, known).length === 0;
  }

  #isEntering(live: LiveHost): boolean {
    const made = this.#made.get(live.key);
    if (!made) return false;
    const isThere = live.server.vsphere.inventory.vmByInstanceUuid(made.uuid) !== undefined;
    if (!isThere && Date.now() - made.atMs < ENTER_MS) return true;
    this.#made.delete(live.key);
    return false;
  }

  #find(live: LiveHost): { readonly vm: VmRecord; readonly number: number }[] {
    const vms = live.members ? live.server.vsphere.inventory.vms(live.members) : [];
    return vms.flatMap((vm) => {
      if (vm.extraConfig[EXTRA_CONFIG.role] !== "keeper") return [];
      const marker = markerOfOurs(vm, live.id);
      const number = marker?.role === "keeper" ? numberOf(live.id, marker.id) : undefined;
      return number === undefined ? [] : [{ vm, number }];
    });
  }

  async #observe(live: LiveHost): Promise<Keeper[]> {
    const keepers: Keeper[] = [];
    for (const { vm, number } of this.#find(live)) {
      const kept = await this.#keptOf(live, vm);
      if (kept) keepers.push(observed(vm, number, kept));
    }
    return keepers;
  }

  async #keptOf(live: LiveHost, vm: VmRecord): Promise<readonly KeptDisk[] | undefined> {
    const version = versionOf(live, vm);
    const seen = this.#seen.get(vm.ref.value);
    if (seen?.version === version) return seen.kept;
    const kept = await readKept(live, vm.ref);
    if (kept) this.#seen.set(vm.ref.value, { version, kept });
    else this.#seen.delete(vm.ref.value);
    return kept;
  }

  async #take(live: LiveHost, step: KeeperStep, keepers: readonly Keeper[]): Promise<void> {
    const keeper = keepers.find(({ number }) => number === step.number);
    const id = keeperId(live.id, step.number);
    // What was read before the step isn't so any more.
    if (keeper) this.#seen.delete(keeper.vm.ref.value);
    switch (step.do) {
      case "create":
        if (!live.equipment) return;
        await createKeeper(
          live,
          live.equipment.place,
          this.#installation,
          step.number,
          step.chainIds,
        );
        this.#made.set(live.key, { uuid: instanceUuid(live.id, id), atMs: Date.now() });
        return;
      case "powerOff":
        if (keeper) await powerOff(live.server, keeper.vm.ref);
        return;
      case "change":
        if (keeper) await changeKeeper(live, keeper.vm, step.add, step.drop);
        return;
      case "remove":
        if (!keeper) return;
        await removeVm(live.server, keeper.vm, await homeOf(live, keeper.vm, id));
        await deleteKept(live, keeper.kept);
    }
  }
}

const observed = (vm: VmRecord, number: number, kept: readonly KeptDisk[]): Keeper => ({
  vm,
  number,
  kept,
  isOff: vm.powerState !== "poweredOn",
});

/** Of a connection: another one may be to another server, whose VMs have the same references. */
const versionOf = ({ server }: LiveHost, { changeVersion = "" }: VmRecord): string =>
  `${server.key} ${changeVersion}`;

function numberOf(hostId: string, id: string): number | undefined {
  for (let number = 1; number <= MAX_KEEPERS; number++)
    if (keeperId(hostId, number) === id) return number;
  return undefined;
}
