import {
  EMPTY_REPORT,
  GUEST_CONFIG_KEY,
  GUEST_REPORT_KEY,
  type VmMarker,
  vmMarkerEntries,
} from "../../api/markers.ts";
import { biosUuid, instanceUuid } from "../../api/identity.ts";
import { vmPaths } from "../../api/naming.ts";
import { type createChildVm, type DeviceChanges, deviceChanges } from "../../vsphere/index.ts";

/** vSphere's specification of a VM. */
export type VmConfigSpec = Parameters<typeof createChildVm>[2];

/** What all of our VMs are made of. */
export interface VmParts {
  readonly name: string;
  readonly marker: VmMarker;
  readonly datastore: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly isoPath: string;
  /** `guestinfo.vic.config`. */
  readonly guestConfig: string;
  /** Further extraConfig, such as `vic.spec`. */
  readonly extraConfig?: readonly (readonly [key: string, value: string])[];
  /** `host:port` of the serial port proxy to which the second serial port leads; none where left out. */
  readonly serialAddress?: string | undefined;
  readonly annotation: string;
  /** Adds disks and network adapters; the SCSI controller of bus 0 is there already. */
  addDevices(devices: DeviceChanges, scsiController: number): void;
}

/**
 * The whole specification of one of our VMs, for the call that creates it: nothing is
 * reconfigured afterwards. It has a SCSI controller, the ISO, a log on its first serial port
 * (`ttyS0`), and where there is a serial port proxy a line to it on its second (`ttyS1`).
 */
export function vmConfigSpec(parts: VmParts): VmConfigSpec {
  const { marker } = parts;
  const paths = vmPaths(parts.datastore, marker.id);
  const devices = deviceChanges();
  parts.addDevices(devices, devices.addScsiController(0));
  devices.addCdrom(parts.isoPath);
  devices.addSerialFile(paths.log);
  if (parts.serialAddress !== undefined)
    devices.addSerialProxy(`telnet://${parts.serialAddress}`, `vic.dev/${marker.id}`);
  return {
    name: parts.name,
    uuid: biosUuid(marker.hostId, marker.id),
    instanceUuid: instanceUuid(marker.hostId, marker.id),
    guestId: "otherLinux64Guest",
    annotation: parts.annotation,
    files: { vmPathName: paths.config },
    numCPUs: parts.cpus,
    memoryMB: parts.memoryMiB,
    // The ISO boots by BIOS alone, whatever a server's default is; and it is what boots, whatever a guest writes to its disk.
    firmware: "bios",
    bootOptions: { bootOrder: [{ _typeName: "VirtualMachineBootOptionsBootableCdromDevice" }] },
    deviceChange: devices.changes,
    extraConfig: [
      ...vmMarkerEntries(marker),
      ...(parts.extraConfig ?? []),
      [GUEST_CONFIG_KEY, parts.guestConfig] as const,
      // ESXi drops at power-off what was first set while the VM was on: so it stands from the start.
      [GUEST_REPORT_KEY, EMPTY_REPORT] as const,
      ...SETTINGS,
    ].map(([key, value]) => ({ key, value })),
  };
}

/** So that no question ever holds a VM up: nobody would answer it. */
const SETTINGS: readonly (readonly [key: string, value: string])[] = [
  ["answer.msg.serial.file.open", "Append"],
  ["answer.msg.disk.duplicateUUID", "Yes"],
  // Asked where its directory isn't where it was (VMware KB 1541): after a datastore was mounted anew, or moved.
  ["uuid.action", "keep"],
  ["disk.EnableUUID", "TRUE"],
];
