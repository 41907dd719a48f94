import type { VirtualDeviceConfigSpec } from "../wsdl/vim.gen.ts";
import type { NetworkInfo } from "./lookup.ts";

/** Builds one ConfigSpec's `deviceChange`: gives devices negative keys and free unit numbers. */
export interface DeviceChanges {
  /** Adds a paravirtual SCSI controller; returns its key for {@link addDisk}. Unit 7 is the controller's own. */
  addScsiController(bus?: number): number;
  /** Adds an existing disk, or creates it: as a child of `parent`, or empty with `capacityKiB`. Returns its unit number, the guest's SCSI target. */
  addDisk(options: {
    controllerKey: number;
    /** `[ds] dir/file.vmdk`. */
    path: string;
    create?: { parent: string } | { capacityKiB: number };
    /** Default `persistent`. `independent_persistent`: snapshots leave it alone. */
    mode?: "persistent" | "independent_persistent";
    /** Default: the first free one. */
    unit?: number;
  }): number;
  /** Detaches a disk by its device key and keeps its files. */
  detachDisk(key: number): void;
  /** Adds a vmxnet3 with a MAC address of our own (`00:50:56:00…3f:xx:xx` for vSphere's manual range), connected at power-on. */
  addNic(network: NetworkInfo, mac: string): void;
  /** Adds a CD-ROM drive on an IDE controller of its own, with an ISO. */
  addCdrom(isoPath: string): void;
  /** Adds a serial port that writes to a file, ttyS0 first. */
  addSerialFile(path: string): void;
  readonly changes: VirtualDeviceConfigSpec[];
}

/** Starts a list of changes; `existing` are the devices that the VM already has. */
export declare function deviceChanges(existing?: readonly ExistingDevice[]): DeviceChanges;

/** A device that a VM has. */
export interface ExistingDevice {
  key: number;
  /** Type name, e.g. `VirtualDisk`. */
  type: string;
  controllerKey?: number;
  unitNumber?: number;
  /** Of SCSI and IDE controllers. */
  busNumber?: number;
  /** Of file backings. */
  fileName?: string;
  /** Of a disk: paths of its parents, nearest first. */
  parents?: string[];
  /** Of NICs. */
  mac?: string;
}
