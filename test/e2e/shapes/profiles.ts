import type { VirtualContainerHost } from "../../../src/api/virtualcontainerhost.gen.ts";

type Places = NonNullable<NonNullable<VirtualContainerHost["status"]>["vsphere"]>;

/** A shape of vSphere, what a host asks for in it, and what it becomes there. */
export interface Shape {
  /** Of the lab, and the namespace of the test. */
  readonly name: string;
  /** Of the lab, where it isn't the name. */
  readonly profile?: string;
  readonly server?: object;
  readonly compute: object;
  /** The switch of the bridge. */
  readonly bridge?: string;
  readonly datastore?: string;
  /** What of `status.vsphere` there is, beside what there always is. */
  readonly places: readonly (keyof Places)[];
  /** A line of the inventory that there is while the host stands. */
  readonly tree: RegExp;
  /** Reason of ComputeReady, where it isn't Available. */
  readonly computeReady?: string;
  /** What vCenter is asked for to make the container's VM. */
  readonly create: "CreateChildVM_Task" | "CreateVM_Task";
}

const limits = { cpu: { limitMHz: 8000 }, memory: { limitMiB: 4096 } };

export const SHAPES: readonly Shape[] = [
  {
    name: "resource-pool",
    compute: { cluster: "Compute-1", container: "ResourcePool", ...limits },
    places: ["resourcePool", "folder"],
    tree: /resource-pool\.host {2}\[ResourcePool /,
    create: "CreateVM_Task",
  },
  {
    name: "standard-switch",
    compute: { cluster: "Compute-1", ...limits },
    bridge: "vSwitch0",
    places: ["vApp", "folder"],
    tree: /standard-switch\.host-bridge-[0-9a-f]{12} {2}\[Network /,
    create: "CreateChildVM_Task",
  },
  {
    name: "no-drs",
    compute: { cluster: "Compute-1", ...limits },
    places: ["folder"],
    computeReady: "LimitsNotKept",
    tree: /no-drs\.host {2}\[Folder /,
    create: "CreateVM_Task",
  },
  {
    name: "esxi",
    compute: { host: "esx-1.lab", ...limits },
    bridge: "vSwitch0",
    places: ["resourcePool"],
    tree: /esxi\.host-[0-9a-f]{12} {2}\[ResourcePool /,
    create: "CreateVM_Task",
  },
  {
    name: "nfs",
    compute: { cluster: "Compute-1" },
    places: ["vApp", "folder"],
    tree: /nfs\.host {2}\[VirtualApp /,
    create: "CreateChildVM_Task",
  },
  {
    name: "vsan",
    compute: { cluster: "Compute-1" },
    places: ["vApp", "folder"],
    tree: /vsan\.host {2}\[VirtualApp /,
    create: "CreateChildVM_Task",
  },
  {
    name: "folders",
    server: { datacenter: "Europe/North%2fWest/DC0" },
    compute: { cluster: "Silver/Compute-1" },
    bridge: "DVS/East",
    places: ["vApp", "folder"],
    tree: /folders\.host {2}\[VirtualApp /,
    create: "CreateChildVM_Task",
  },
  {
    name: "names",
    profile: "folders",
    server: { datacenter: "North%2fWest/DC0" },
    compute: { cluster: "50% [é] (#1)" },
    bridge: "DVS%2fEast",
    places: ["vApp", "folder"],
    tree: /names\.host {2}\[VirtualApp /,
    create: "CreateChildVM_Task",
  },
  {
    name: "lone-host",
    profile: "folders",
    server: { datacenter: "DC0" },
    compute: { host: "esx-5.lab" },
    bridge: "DVS/East",
    datastore: "hdd-1",
    places: ["vApp", "folder"],
    tree: /lone-host\.host {2}\[VirtualApp /,
    create: "CreateChildVM_Task",
  },
];
