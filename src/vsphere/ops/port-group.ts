import type { MoRef, TaskRef } from "../moref.ts";
import { readProperties } from "../properties.ts";
import type { VSphere } from "../vsphere.ts";
import type { VMwareDVSPortSetting } from "../wsdl/vim.gen.ts";
import { inventoryName } from "./managed-entity.ts";

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

function portSetting(vlanId: number): VMwareDVSPortSetting {
  const vlan = {
    _typeName: "VmwareDistributedVirtualSwitchVlanIdSpec" as const,
    inherited: false,
    vlanId,
  };
  return { _typeName: "VMwareDVSPortSetting", vlan };
}

/** Adds a port group with VLAN (0: none) to a distributed switch, statically bound and growing by itself. The task's result is its reference. */
export async function addPortGroup(
  vs: VSphere,
  dvs: MoRef,
  options: { name: string; description?: string; vlan: number; numPorts?: number },
): Promise<TaskRef> {
  const { description } = options;
  return vs.call("CreateDVPortgroup_Task", dvs, {
    spec: {
      name: inventoryName(options.name),
      ...(description === undefined ? {} : { description }),
      type: "earlyBinding",
      autoExpand: true,
      numPorts: options.numPorts ?? 8,
      defaultPortConfig: portSetting(options.vlan),
    },
  });
}

/** Changes name, description or VLAN; needs the configVersion that was read. Fault ConcurrentAccess if it is old. */
export async function reconfigurePortGroup(
  vs: VSphere,
  portGroup: MoRef,
  change: { configVersion: string; name?: string; description?: string; vlan?: number },
): Promise<TaskRef> {
  const { configVersion, name, description, vlan } = change;
  return vs.call("ReconfigureDVPortgroup_Task", portGroup, {
    spec: {
      configVersion,
      ...(name === undefined ? {} : { name: inventoryName(name) }),
      ...(description === undefined ? {} : { description }),
      ...(vlan === undefined ? {} : { defaultPortConfig: portSetting(vlan) }),
    },
  });
}

/** Reads a distributed port group; undefined if it is gone. */
export async function readPortGroup(vs: VSphere, ref: MoRef): Promise<PortGroupState | undefined> {
  const props = await readProperties(vs, ref, [
    "name",
    "key",
    "vm",
    "config.description",
    "config.configVersion",
    "config.numPorts",
    "config.defaultPortConfig",
    "config.distributedVirtualSwitch",
  ]);
  if (!props) return undefined;
  const vlan = (props["config.defaultPortConfig"] as VMwareDVSPortSetting | undefined)?.vlan;
  return {
    ref: ref as MoRef<"DistributedVirtualPortgroup">,
    name: props["name"] as string,
    key: props["key"] as string,
    description: props["config.description"] as string | undefined,
    configVersion: props["config.configVersion"] as string,
    vlan: vlan?._typeName === "VmwareDistributedVirtualSwitchVlanIdSpec" ? vlan.vlanId : undefined,
    numPorts: props["config.numPorts"] as number,
    switchRef: props["config.distributedVirtualSwitch"] as MoRef | undefined,
    vms: (props["vm"] as MoRef[] | undefined) ?? [],
  };
}
