import type { MoRef } from "../moref.ts";
import type { VSphere } from "../vsphere.ts";

/** A datacenter with the folders and parts that others are looked up in. */
export interface Datacenter {
  ref: MoRef<"Datacenter">;
  name: string;
  vmFolder: MoRef<"Folder">;
  hostFolder: MoRef<"Folder">;
  networkFolder: MoRef<"Folder">;
  datastoreFolder: MoRef<"Folder">;
}

/** A cluster or a stand-alone host's compute resource. */
export interface Compute {
  ref: MoRef;
  name: string;
  /** Root resource pool. */
  resourcePool: MoRef<"ResourcePool">;
  hosts: MoRef<"HostSystem">[];
  /** Only of clusters; vApps need it. */
  drsEnabled: boolean;
}

/** A network: port group of a distributed switch, or a standard one. */
export interface NetworkInfo {
  ref: MoRef;
  name: string;
  kind: "Network" | "DistributedVirtualPortgroup" | "OpaqueNetwork";
  /** Of a distributed port group: its key and its switch's UUID, as a NIC's backing wants them. */
  portgroupKey?: string;
  switchUuid?: string;
  /** Of a distributed port group. */
  switchRef?: MoRef;
}

/** A datastore. */
export interface DatastoreInfo {
  ref: MoRef<"Datastore">;
  name: string;
  /** VMFS, NFS, NFS41, vsan, VVOL … */
  type: string;
  accessible: boolean;
  capacityBytes: number;
  freeBytes: number;
  browser: MoRef<"HostDatastoreBrowser">;
}

/** A distributed switch. */
export interface SwitchInfo {
  ref: MoRef;
  name: string;
  uuid: string;
}

/** The datacenter of that name, or the only one. Rejects with NotFoundByNameError (also if several exist and none is named). */
export declare function findDatacenter(vs: VSphere, name?: string): Promise<Datacenter>;
/** A cluster or stand-alone host by name. */
export declare function findCompute(
  vs: VSphere,
  datacenter: Datacenter,
  name: string,
): Promise<Compute>;
/** A resource pool or vApp by name or by path `cluster/Resources/a/b`, with its compute resource. */
export declare function findResourcePool(
  vs: VSphere,
  datacenter: Datacenter,
  nameOrPath: string,
): Promise<{ ref: MoRef; name: string; compute: Compute }>;
export declare function findHost(
  vs: VSphere,
  datacenter: Datacenter,
  name: string,
): Promise<{ ref: MoRef<"HostSystem">; name: string; compute: Compute }>;
export declare function findDatastore(
  vs: VSphere,
  datacenter: Datacenter,
  name: string,
): Promise<DatastoreInfo>;
export declare function findNetwork(
  vs: VSphere,
  datacenter: Datacenter,
  name: string,
): Promise<NetworkInfo>;
export declare function findSwitch(
  vs: VSphere,
  datacenter: Datacenter,
  name: string,
): Promise<SwitchInfo>;
/** Direct child of a folder, vApp or pool by (encoded) name. */
export declare function findChild(
  vs: VSphere,
  parent: MoRef,
  name: string,
): Promise<MoRef | undefined>;
/** Capabilities for VSphereServer.status. */
export declare function readCapabilities(
  vs: VSphere,
  datacenter: Datacenter,
): Promise<{ drs: boolean; vApps: boolean; distributedSwitches: boolean }>;
