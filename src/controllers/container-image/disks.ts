import { type DatastorePath, imageDiskPaths, parseDatastorePath } from "../../api/naming.ts";
import type { ContainerImageStatusDisk } from "../../api/containerimage.gen.ts";
import {
  deviceChanges,
  type ExistingDevice,
  isFault,
  listDirectory,
  makeDirectory,
  type MoRef,
  readVmHardware,
  reconfigureVm,
  uploadFile,
} from "../../vsphere/index.ts";
import { deletePath } from "../directories/delete-path.ts";
import { realPath, realPlace, realSpec } from "../directories/real-path.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { DISK_KIB } from "../virtual-machines/disk-size.ts";

// What is done with disks of images on datastore and worker. All of it is harmless to repeat.

/** Where the disks of a host's images are. */
export interface DiskPlace {
  readonly server: PooledServer;
  readonly store: DatastorePath;
  readonly hostId: string;
}

/** The same, with what lists it. */
export interface ImageStore extends DiskPlace {
  readonly browser: MoRef;
}

/** Whether a disk stands whole on the datastore, as a build that didn't end, or not at all. */
export async function probeDisk(
  { server, store, hostId, browser }: ImageStore,
  chainId: string,
): Promise<"sealed" | "unfinished" | "absent"> {
  const entries = await listDirectory(
    server.vsphere,
    browser,
    await realPath(server, imageDiskPaths(store, hostId, chainId).directory),
  );
  if (!entries) return "absent";
  const has = (name: string): boolean => entries.some((entry) => entry.name === name);
  return has("manifest") && has(`${chainId}.vmdk`) ? "sealed" : "unfinished";
}

/** Throws away a disk's directory; one that is gone is fine. */
export const deleteDisk = ({ server, store, hostId }: DiskPlace, chainId: string): Promise<void> =>
  deletePath(server, imageDiskPaths(store, hostId, chainId).directory);

/** Writes the manifest: from now on the disk is whole, and nobody writes to it any more. */
export async function sealDisk(
  { server, store, hostId }: ImageStore,
  disk: ContainerImageStatusDisk,
  contents: object,
): Promise<void> {
  const where = parseDatastorePath(imageDiskPaths(store, hostId, disk.chainId).manifest);
  if (!where) throw new Error("a manifest has a datastore path");
  const manifest = {
    chainId: disk.chainId,
    ...(disk.parent === undefined ? {} : { parent: disk.parent }),
    layers: disk.layers,
    ...contents,
  };
  await uploadFile(
    server.vsphere,
    { datacenter: server.datacenter.path, ...(await realPlace(server, where)) },
    `${JSON.stringify(manifest)}\n`,
  );
}

/** What one reconfigure of the worker does: takes disks off, and adds new ones. */
export interface WorkerChange {
  /** Chain ids. */
  readonly detach: readonly string[];
  readonly attach?: { readonly chainId: string; readonly parent?: string };
}

/**
 * Changes the disks on the worker by one reconfigure. What is so already is left out; nothing is
 * sent where nothing is left.
 *
 * @returns the SCSI target of the attached disk
 */
export async function changeWorker(
  place: DiskPlace,
  worker: MoRef,
  change: WorkerChange,
): Promise<number | undefined> {
  const { detach, attach } = change;
  try {
    return await reconfigure(place, worker, change);
  } catch (error) {
    const isCombined = attach !== undefined && detach.length > 0;
    if (!isCombined || !isFault(error, ...NOT_AT_ONCE)) throw error;
    await reconfigure(place, worker, { detach });
    return reconfigure(place, worker, { detach: [], attach });
  }
}

/** What vSphere says where a disk can't leave while its child is made: then two reconfigures do. */
const NOT_AT_ONCE = [
  "FileLocked",
  "CannotAccessFile",
  "InvalidDeviceSpec",
  "InvalidDeviceBacking",
  "InvalidDeviceOperation",
  "GenericVmConfigFault",
];

async function reconfigure(
  place: DiskPlace,
  worker: MoRef,
  { detach, attach }: WorkerChange,
): Promise<number | undefined> {
  const { server, store, hostId } = place;
  const hardware = await readVmHardware(server.vsphere, worker);
  if (!hardware) throw new Error("the worker is gone");
  const { devices } = hardware;
  const diskOf = async (chainId: string): Promise<ExistingDevice | undefined> => {
    const path = await realPath(server, imageDiskPaths(store, hostId, chainId).disk);
    return devices.find(({ fileName }) => fileName === path);
  };
  const changes = deviceChanges(devices);
  for (const chainId of detach) {
    const device = await diskOf(chainId);
    if (device) changes.detachDisk(device.key);
  }
  let target: number | undefined;
  if (attach) {
    const there = await diskOf(attach.chainId);
    target = there?.unitNumber;
    if (!there) {
      const controller = devices.find(
        ({ type, busNumber }) => type.endsWith("SCSIController") && busNumber === 0,
      );
      if (!controller) throw new Error("the worker has no SCSI controller");
      const paths = imageDiskPaths(store, hostId, attach.chainId);
      // Nothing attached it, so whatever lies there is a build that didn't end.
      await deletePath(server, paths.directory);
      const directory = await realPath(server, paths.directory);
      await makeDirectory(server.vsphere, server.datacenter.ref, directory);
      target = changes.addDisk({
        controllerKey: controller.key,
        path: paths.disk,
        create: {
          capacityKiB: DISK_KIB,
          ...(attach.parent === undefined
            ? {}
            : { parent: imageDiskPaths(store, hostId, attach.parent).disk }),
        },
        mode: "independent_persistent",
      });
    }
  }
  if (changes.changes.length > 0) {
    const spec = await realSpec(server, { deviceChange: changes.changes });
    await server.vsphere.tasks.run(reconfigureVm(server.vsphere, worker, spec));
  }
  return target;
}
