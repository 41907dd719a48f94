import { biosUuid, instanceUuid, keeperId } from "../../api/identity.ts";
import { vmMarkerEntries } from "../../api/markers.ts";
import { imageDiskPaths, keeperVmName, vmPaths } from "../../api/naming.ts";
import {
  type DeviceChanges,
  deviceChanges,
  isFault,
  makeOneDirectory,
  type MoRef,
  readVmHardware,
  reconfigureVm,
  type VmPlace,
  type VmRecord,
} from "../../vsphere/index.ts";
import type { LiveHost } from "../hosts/host-registry.ts";
import { deletePath } from "../directories/delete-path.ts";
import { realPath, realPlace, realSpec } from "../directories/real-path.ts";
import { createVm } from "../virtual-machines/create-vm.ts";
import { DISK_KIB } from "../virtual-machines/disk-size.ts";
import { deleteLeftoverHome } from "../virtual-machines/leftover.ts";
import type { VmConfigSpec } from "../virtual-machines/vm-spec.ts";
import { CONTROLLER_DISKS, KEEPER_DISKS, type Kept } from "./keeper-plan.ts";

// What is done to keepers in vSphere. All of it is harmless to repeat.

/** A child disk as vSphere shows it. */
export interface KeptDisk extends Kept {
  /** Paths of its parents, nearest first. */
  readonly parents: readonly string[];
}

/** The disks that a keeper has; undefined where it is gone. */
export async function readKept(live: LiveHost, vm: MoRef): Promise<KeptDisk[] | undefined> {
  const hardware = await readVmHardware(live.server.vsphere, vm);
  const store = await realPlace(live.server, live.store);
  return hardware?.devices
    .filter(({ type }) => type === "VirtualDisk")
    .map(({ key, fileName = "", parents = [] }) => {
      const chainId = /\/kept\/([0-9a-f]{64})\.vmdk$/.exec(fileName)?.[1] ?? "";
      const paths = imageDiskPaths(store, live.id, chainId);
      const isOurs = fileName === paths.kept && parents[0] === paths.disk;
      return { key, chainId: isOurs ? chainId : undefined, parents };
    });
}

/**
 * Makes a keeper with children of these disks. Faults as FileNotFound and InvalidDeviceSpec say that one of
 * the disks is gone.
 */
export async function createKeeper(
  live: LiveHost,
  at: VmPlace,
  installation: string,
  number: number,
  chainIds: readonly string[],
): Promise<void> {
  const id = keeperId(live.id, number);
  const changes = keeperDevices(live, chainIds);
  const config = keeperSpec(live, installation, number, changes);
  await overLeftovers(live, [id], chainIds, () => createVm(live.server, at, config));
}

/**
 * A new keeper's devices. It has all the controllers that it will ever need: adding one to a VM that is there takes a
 * privilege (VirtualMachine.Config.AddRemoveDevice) that making a VM doesn't.
 */
export function keeperDevices(
  place: Pick<LiveHost, "store" | "id">,
  chainIds: readonly string[],
): DeviceChanges {
  const changes = deviceChanges();
  const controllers = Array.from({ length: KEEPER_DISKS / CONTROLLER_DISKS }, (_, bus) =>
    changes.addScsiController(bus),
  );
  for (const [index, chainId] of chainIds.entries())
    addChild(changes, place, controllers[Math.floor(index / CONTROLLER_DISKS)]!, chainId);
  return changes;
}

/** The keeper's specification: nothing that could run, and no guest. */
function keeperSpec(
  live: LiveHost,
  installation: string,
  number: number,
  { changes }: DeviceChanges,
): VmConfigSpec {
  const id = keeperId(live.id, number);
  const [namespace = "", name = ""] = live.key.split("/");
  const marker = { installation, hostId: live.id, host: live.key, id, role: "keeper" } as const;
  return {
    name: keeperVmName(namespace, name, number),
    uuid: biosUuid(live.id, id),
    instanceUuid: instanceUuid(live.id, id),
    guestId: "otherLinux64Guest",
    annotation: `Keeper of VirtualContainerHost ${live.key}: holds its images' disks, so that none goes with the last container that is deleted in vSphere. Never runs. Made and deleted by vic-operator.`,
    files: { vmPathName: vmPaths(live.store.datastore, id).config },
    numCPUs: 1,
    memoryMB: 4,
    deviceChange: changes,
    extraConfig: vmMarkerEntries(marker).map(([key, value]) => ({ key, value })),
  };
}

/** Gives a keeper children, and takes others away with their files. */
export async function changeKeeper(
  live: LiveHost,
  vm: VmRecord,
  add: readonly string[],
  drop: readonly Kept[],
): Promise<void> {
  const { vsphere } = live.server;
  const hardware = await readVmHardware(vsphere, vm.ref);
  if (!hardware) return;
  const changes = deviceChanges(hardware.devices);
  for (const { key } of drop) changes.detachDisk(key);
  const buses = hardware.devices.filter(({ type }) => type.endsWith("SCSIController"));
  const controllers = new Map(buses.map(({ key, busNumber = 0 }) => [busNumber, key]));
  for (const chainId of add) addChildAnywhere(changes, controllers, live, chainId);
  const spec = await realSpec(live.server, { deviceChange: changes.changes });
  await overLeftovers(live, [], add, () => vsphere.tasks.run(reconfigureVm(vsphere, vm.ref, spec)));
  await deleteKept(live, drop);
}

/** Deletes disks that no keeper has any more, each with its directory; what is gone already is fine. */
export async function deleteKept(live: LiveHost, kept: readonly Kept[]): Promise<void> {
  for (const { chainId } of kept)
    if (chainId !== undefined)
      await deletePath(live.server, imageDiskPaths(live.store, live.id, chainId).keptDirectory);
}

/** Does what makes children of disks; what a killed run left of them, and of a keeper, goes first where it is in the way. */
async function overLeftovers(
  live: LiveHost,
  keeperIds: readonly string[],
  chainIds: readonly string[],
  run: () => Promise<unknown>,
): Promise<void> {
  try {
    await makeKeptDirectories(live, chainIds);
    await run();
  } catch (error) {
    if (!isFault(error, "FileAlreadyExists", "AlreadyExists")) throw error;
    for (const id of keeperIds)
      if (!(await deleteLeftoverHome(live.server, live.store.datastore, live.id, id))) throw error;
    await deleteKept(
      live,
      chainIds.map((chainId) => ({ key: 0, chainId })),
    );
    await makeKeptDirectories(live, chainIds);
    await run();
  }
}

/** Fault FileNotFound where the directory of a disk isn't there any more. */
async function makeKeptDirectories(
  { server, store, id }: LiveHost,
  chainIds: readonly string[],
): Promise<void> {
  const { vsphere, datacenter } = server;
  for (const chainId of chainIds) {
    const path = await realPath(server, imageDiskPaths(store, id, chainId).keptDirectory);
    await makeOneDirectory(vsphere, datacenter.ref, path);
  }
}

/** Adds a child at the first free unit, on a new controller where those that are there are full. */
function addChildAnywhere(
  changes: DeviceChanges,
  controllers: Map<number, number>,
  live: LiveHost,
  chainId: string,
): void {
  for (let bus = 0; ; bus++) {
    const key = controllers.get(bus) ?? changes.addScsiController(bus);
    controllers.set(bus, key);
    try {
      return addChild(changes, live, key, chainId);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

function addChild(
  changes: DeviceChanges,
  { store, id: hostId }: Pick<LiveHost, "store" | "id">,
  controllerKey: number,
  chainId: string,
): void {
  const { kept, disk } = imageDiskPaths(store, hostId, chainId);
  const mode = "independent_persistent";
  const create = { parent: disk, capacityKiB: DISK_KIB };
  changes.addDisk({ controllerKey, path: kept, create, mode });
}
