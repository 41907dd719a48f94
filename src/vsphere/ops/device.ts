import type {
  AnyVirtualDevice,
  AnyVirtualDeviceBackingInfo,
  VirtualDeviceConfigSpec,
  VirtualDiskFlatVer2BackingInfo,
} from "../wsdl/vim.gen.ts";
import type { NetworkInfo } from "./lookup.ts";

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
  /** Of a disk. */
  diskMode?: string;
  /** Of a disk. */
  capacityKiB?: number;
  /** Of a disk: paths of its parents, nearest first. */
  parents?: string[];
  /** Of NICs. */
  mac?: string;
}

/** Takes from a device what callers decide by. */
export function existingDevice(device: AnyVirtualDevice): ExistingDevice {
  const { _typeName: type, ...fields } = device as unknown as { _typeName: string } & Record<
    string,
    unknown
  >;
  const number = (name: string): Record<string, number> =>
    fields[name] === undefined ? {} : { [name]: Number(fields[name]) };
  const backing = device.backing as
    | (VirtualDiskFlatVer2BackingInfo & { fileName?: string })
    | undefined;
  const parents: string[] = [];
  for (let parent = backing?.parent; parent; parent = parent.parent) parents.push(parent.fileName);
  return {
    ...number("controllerKey"),
    ...number("unitNumber"),
    ...number("busNumber"),
    key: Number(fields["key"]),
    type,
    ...(backing?.fileName === undefined ? {} : { fileName: backing.fileName }),
    ...(backing?.diskMode === undefined ? {} : { diskMode: backing.diskMode }),
    ...(type === "VirtualDisk" ? { capacityKiB: Number(fields["capacityInKB"] ?? 0) } : {}),
    ...(type === "VirtualDisk" ? { parents } : {}),
    ...(typeof fields["macAddress"] === "string" ? { mac: fields["macAddress"] } : {}),
  };
}

/** Which disk to add, and how. */
export interface DiskOptions {
  controllerKey: number;
  /** `[ds] dir/file.vmdk`. */
  path: string;
  /** Left out: the file exists. A child's capacity is its parent's; a server may want it said. */
  create?: { parent: string; capacityKiB?: number } | { capacityKiB: number };
  /** Default `persistent`. `independent_persistent`: snapshots leave it alone. */
  mode?: "persistent" | "independent_persistent";
  /** Default: the first free one. */
  unit?: number;
}

/** Builds one ConfigSpec's `deviceChange`: gives devices negative keys and free unit numbers. */
export interface DeviceChanges {
  /** Adds a paravirtual SCSI controller; returns its key for {@link addDisk}. Unit 7 is the controller's own. */
  addScsiController(bus?: number): number;
  /** Adds a disk; returns its unit number, the guest's SCSI target. Throws a RangeError if the controller is full. */
  addDisk(options: DiskOptions): number;
  /** Detaches a disk by its device key and keeps its files. */
  detachDisk(key: number): void;
  /** Adds a vmxnet3 with a MAC address of our own (vSphere's range for those is 00:50:56:00:00:00 to 00:50:56:3f:ff:ff), connected at power-on. */
  addNic(network: NetworkInfo, mac: string): void;
  /** Adds a CD-ROM drive on an IDE controller of its own, with an ISO. */
  addCdrom(isoPath: string): void;
  /** Adds a serial port that writes to a file; the guest counts serial ports in the order of their adding, ttyS0 first. */
  addSerialFile(path: string): void;
  /**
   * Adds a serial port that the ESXi host connects to a serial port proxy (vSPC) at power-on.
   * @param proxyUri where the host dials: `telnet://host:port`
   * @param serviceUri what the host asks the proxy for; any text
   */
  addSerialProxy(proxyUri: string, serviceUri: string): void;
  readonly changes: VirtualDeviceConfigSpec[];
}

const connectedAtStart = { startConnected: true, allowGuestControl: false, connected: true };

/** A paravirtual SCSI controller has 16 units, one of which (7) is itself. */
const scsiUnits = Array.from({ length: 16 }, (_, unit) => unit).filter((unit) => unit !== 7);

/** Starts a list of changes; `existing` are the devices that the VM already has. */
export function deviceChanges(existing: readonly ExistingDevice[] = []): DeviceChanges {
  const changes: VirtualDeviceConfigSpec[] = [];
  const taken = new Set(
    existing.map(({ controllerKey, unitNumber }) => `${controllerKey}:${unitNumber}`),
  );
  let lastKey = 0;
  const nextKey = (): number => --lastKey;
  const add = (device: AnyVirtualDevice, fileOperation?: "create"): number => {
    changes.push({ operation: "add", ...(fileOperation ? { fileOperation } : {}), device });
    return device.key;
  };
  const freeUnit = (controllerKey: number): number => {
    const unit = scsiUnits.find((candidate) => !taken.has(`${controllerKey}:${candidate}`));
    if (unit === undefined) throw new RangeError("the SCSI controller has no free unit");
    return unit;
  };
  const addSerial = (backing: AnyVirtualDeviceBackingInfo): void => {
    const connectable = connectedAtStart;
    // yieldOnPoll: a guest that waits for the port gives up its CPU.
    add({
      _typeName: "VirtualSerialPort",
      key: nextKey(),
      backing,
      connectable,
      yieldOnPoll: true,
    });
  };
  return {
    changes,
    addScsiController: (busNumber = 0) =>
      add({
        _typeName: "ParaVirtualSCSIController",
        key: nextKey(),
        busNumber,
        sharedBus: "noSharing",
      }),
    addDisk: ({ controllerKey, path, create, mode = "persistent", unit }) => {
      const unitNumber = unit ?? freeUnit(controllerKey);
      taken.add(`${controllerKey}:${unitNumber}`);
      const capacityInKB = create?.capacityKiB ?? 0;
      const parent = create && "parent" in create ? create.parent : undefined;
      const backing = diskBacking(path, mode, create !== undefined, parent);
      const key = nextKey();
      add(
        { _typeName: "VirtualDisk", key, controllerKey, unitNumber, capacityInKB, backing },
        create && "create",
      );
      return unitNumber;
    },
    detachDisk: (key) => {
      const disk = existing.find((device) => device.key === key);
      const { controllerKey, unitNumber, fileName, diskMode, capacityKiB } = disk ?? {};
      const device: AnyVirtualDevice = {
        _typeName: "VirtualDisk",
        key,
        // A server may want the device whole.
        ...(fileName !== undefined && diskMode !== undefined
          ? { backing: diskBacking(fileName, diskMode, false, undefined) }
          : {}),
        controllerKey,
        unitNumber,
        capacityInKB: capacityKiB ?? 0,
      };
      changes.push({ operation: "remove", device });
      taken.delete(`${controllerKey}:${unitNumber}`);
    },
    addNic: (network, macAddress) => {
      const backing = nicBacking(network);
      const key = nextKey();
      const connectable = connectedAtStart;
      add({
        _typeName: "VirtualVmxnet3",
        key,
        backing,
        connectable,
        addressType: "manual",
        macAddress,
      });
    },
    addCdrom: (fileName) => {
      const controllerKey = add({
        _typeName: "VirtualIDEController",
        key: nextKey(),
        busNumber: 0,
      });
      const backing = { _typeName: "VirtualCdromIsoBackingInfo" as const, fileName };
      const connectable = connectedAtStart;
      add({
        _typeName: "VirtualCdrom",
        key: nextKey(),
        controllerKey,
        unitNumber: 0,
        backing,
        connectable,
      });
    },
    addSerialFile: (fileName) => addSerial({ ...file, fileName }),
    addSerialProxy: (proxyURI, serviceURI) => addSerial({ ...proxy, serviceURI, proxyURI }),
  };
}

const file = { _typeName: "VirtualSerialPortFileBackingInfo" as const };
/** With a proxy the host is always the one who dials, whatever the direction says; it is still demanded. */
const proxy = { _typeName: "VirtualSerialPortURIBackingInfo" as const, direction: "client" };

function diskBacking(
  fileName: string,
  diskMode: string,
  creates: boolean,
  parent: string | undefined,
): VirtualDiskFlatVer2BackingInfo {
  const _typeName = "VirtualDiskFlatVer2BackingInfo";
  return {
    _typeName,
    fileName,
    diskMode,
    ...(creates ? { thinProvisioned: true } : {}),
    ...(parent === undefined
      ? {}
      : { parent: { _typeName, fileName: parent, diskMode: "persistent" } }),
  };
}

function nicBacking(network: NetworkInfo): AnyVirtualDeviceBackingInfo {
  if (network.kind === "Network") {
    return {
      _typeName: "VirtualEthernetCardNetworkBackingInfo",
      deviceName: network.name,
      network: network.ref,
    };
  }
  const { portgroupKey, switchUuid } = network;
  if (portgroupKey === undefined || switchUuid === undefined) {
    throw new TypeError(`network ${network.name}: ${network.kind} can't carry a NIC`);
  }
  return {
    _typeName: "VirtualEthernetCardDistributedVirtualPortBackingInfo",
    port: { switchUuid, portgroupKey },
  };
}
