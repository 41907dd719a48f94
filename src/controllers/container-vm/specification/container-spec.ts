import type { ContainerImageStatus } from "../../../api/containerimage.gen.ts";
import type { ContainerVM, ContainerVMStatusNetwork } from "../../../api/containervm.gen.ts";
import { deriveLinkKey } from "../../../api/link-key.ts";
import { EXTRA_CONFIG } from "../../../api/markers.ts";
import { containerVmName, vmPaths } from "../../../api/naming.ts";
import type { VirtualContainerHostSpecContainerDefaults } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import type { Equipment, LiveHost } from "../../hosts/host-registry.ts";
import { formatLeftContainer } from "../../restoration/left-container.ts";
import { DISK_KIB } from "../../virtual-machines/disk-size.ts";
import { type VmConfigSpec, vmConfigSpec } from "../../virtual-machines/vm-spec.ts";
import { guestConfig } from "./guest-config.ts";

/** What a container's VM is made from. */
export interface ContainerParts {
  readonly container: ContainerVM;
  readonly id: string;
  readonly installation: string;
  readonly host: LiveHost;
  readonly equipment: Equipment;
  readonly defaults: VirtualContainerHostSpecContainerDefaults;
  readonly image: ContainerImageStatus;
  readonly networks: readonly ContainerVMStatusNetwork[];
  /** The serial line to a console; undefined where there is none. */
  readonly line: ContainerLine | undefined;
}

/** A serial line to a console, and how the guest knows the console that comes over it. */
export interface ContainerLine {
  /** `host:port` that the ESXi host dials. */
  readonly serialAddress: string;
  /** The link Secret's bytes. */
  readonly linkKey: Uint8Array;
}

/** SCSI target of the disk with the container's file system. */
const ROOT_TARGET = 0;

/** The complete specification of a container's VM. */
export function containerSpec(parts: ContainerParts): VmConfigSpec {
  const { container, id, host, equipment, image } = parts;
  const { spec, metadata } = container;
  const parent = image.disks?.at(-1)?.path;
  if (parent === undefined) throw new Error("an image that is Ready has disks");
  const { name } = metadata;
  return vmConfigSpec({
    name: containerVmName(name, id),
    marker: {
      installation: parts.installation,
      hostId: host.id,
      host: host.key,
      id,
      container: keyOf(container),
      role: "container",
    },
    datastore: host.store.datastore,
    cpus: spec.cpus ?? parts.defaults.cpus,
    memoryMiB: spec.memoryMiB ?? parts.defaults.memoryMiB,
    isoPath: equipment.isoPath,
    guestConfig: guestConfig(spec, image.config ?? {}, {
      id,
      networks: parts.networks,
      rootTarget: ROOT_TARGET,
      authorizedKey: parts.line && deriveLinkKey(parts.line.linkKey, id).authorizedKey,
    }),
    serialAddress: parts.line?.serialAddress,
    extraConfig: [[EXTRA_CONFIG.spec, formatLeftContainer(container, image)]],
    annotation: `Container ${keyOf(container)} of VirtualContainerHost ${host.key}, image ${spec.image}. Made by vic-operator; it may be powered on and off here.`,
    addDevices: (devices, controllerKey) => {
      devices.addDisk({
        controllerKey,
        path: vmPaths(host.store.datastore, id).disk,
        create: { parent, capacityKiB: DISK_KIB },
        unit: ROOT_TARGET,
      });
      for (const { mac } of parts.networks) devices.addNic(equipment.bridge, mac ?? "");
    },
  });
}
