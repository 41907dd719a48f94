import type { MoRef, TaskRef } from "../wsdl/moref.ts";
import { readProperties } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";
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
  /** Whether no VM on it sees others' frames, or sends frames from a MAC address that isn't its own. */
  strict: boolean;
  numPorts: number;
  switchRef: MoRef | undefined;
  vms: MoRef[];
}

const REJECTED = { _typeName: "BoolPolicy", inherited: false, value: false } as const;

/** All that a guest could use to be another one, or to hear what isn't for it, is rejected. */
function portSetting(vlanId: number | undefined): VMwareDVSPortSetting {
  const vlan = {
    _typeName: "VmwareDistributedVirtualSwitchVlanIdSpec" as const,
    inherited: false,
    vlanId: vlanId ?? 0,
  };
  return {
    _typeName: "VMwareDVSPortSetting",
    ...(vlanId === undefined ? {} : { vlan }),
    securityPolicy: {
      _typeName: "DVSSecurityPolicy",
      inherited: false,
      allowPromiscuous: REJECTED,
      macChanges: REJECTED,
      forgedTransmits: REJECTED,
    },
  };
}

function isStrict({ securityPolicy }: VMwareDVSPortSetting): boolean {
  const { allowPromiscuous, macChanges, forgedTransmits } = securityPolicy ?? {};
  return [allowPromiscuous, macChanges, forgedTransmits].every((policy) => policy?.value === false);
}

/** Adds a strict port group with VLAN (0: none) to a distributed switch, statically bound and growing by itself. The task's result is its reference. */
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

/** Changes name, description, VLAN or how many ports there are, and with `strict` the rest of what ports are like; needs the configVersion that was read. Fault ConcurrentAccess if it is old. */
export async function reconfigurePortGroup(
  vs: VSphere,
  portGroup: MoRef,
  change: {
    configVersion: string;
    name?: string;
    description?: string;
    vlan?: number;
    strict?: true;
    numPorts?: number;
  },
): Promise<TaskRef> {
  const { configVersion, name, description, vlan, strict, numPorts } = change;
  return vs.call("ReconfigureDVPortgroup_Task", portGroup, {
    spec: {
      configVersion,
      ...(name === undefined ? {} : { name: inventoryName(name) }),
      ...(description === undefined ? {} : { description }),
      ...(numPorts === undefined ? {} : { numPorts }),
      ...(vlan === undefined && !strict ? {} : { defaultPortConfig: portSetting(vlan) }),
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
  const setting = props["config.defaultPortConfig"] as VMwareDVSPortSetting | undefined;
  const vlan = setting?.vlan;
  return {
    ref: ref as MoRef<"DistributedVirtualPortgroup">,
    name: props["name"] as string,
    key: props["key"] as string,
    description: props["config.description"] as string | undefined,
    configVersion: props["config.configVersion"] as string,
    vlan: vlan?._typeName === "VmwareDistributedVirtualSwitchVlanIdSpec" ? vlan.vlanId : undefined,
    strict: setting !== undefined && isStrict(setting),
    numPorts: props["config.numPorts"] as number,
    switchRef: props["config.distributedVirtualSwitch"] as MoRef | undefined,
    vms: (props["vm"] as MoRef[] | undefined) ?? [],
  };
}
