import type { MoRef, TaskRef } from "../moref.ts";
import type { VSphere } from "../vsphere.ts";

/** A distributed port group as it is configured. */
export interface PortGroupState {
  ref: MoRef<"DistributedVirtualPortgroup">;
  name: string;
  key: string;
  description: string | undefined;
  configVersion: string;
  /** 0: none. Undefined if it is a trunk or private VLAN. */
  vlan: number | undefined;
  numPorts: number;
  switchRef: MoRef | undefined;
  vms: MoRef[];
}

/** Adds a port group (ephemeral: false, auto-expanding) with VLAN (0: none) to a distributed switch. Result of the task: none; find it by name. */
export declare function addPortGroup(
  vs: VSphere,
  dvs: MoRef,
  options: { name: string; description?: string; vlan: number; numPorts?: number },
): Promise<TaskRef>;
/** Changes name, description or VLAN; needs the configVersion that was read. Fault ConcurrentAccess if it is old. */
export declare function reconfigurePortGroup(
  vs: VSphere,
  portGroup: MoRef,
  change: { configVersion: string; name?: string; description?: string; vlan?: number },
): Promise<TaskRef>;
/** undefined if it is gone. */
export declare function readPortGroup(vs: VSphere, ref: MoRef): Promise<PortGroupState | undefined>;
