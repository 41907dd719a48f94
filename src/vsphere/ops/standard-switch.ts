/** Port groups on the standard switches of hosts: each host has its own, and those of one name are one network. */
import type { MoRef } from "../wsdl/moref.ts";
import { type Properties, readReferred } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { HostPortGroup, HostPortGroupSpec, HostVirtualSwitch } from "../wsdl/vim.gen.ts";

/** A port group as one host has it. */
export interface HostPortGroupState {
  name: string;
  switchName: string;
  /** 0: none; 4095: a trunk. */
  vlan: number;
  /** Whether no VM on it sees others' frames, or sends frames from a MAC address that isn't its own. */
  strict: boolean;
}

/** The standard switches of a host, and their port groups. */
export interface HostNetworks {
  host: MoRef;
  hostName: string;
  /** Its HostNetworkSystem. */
  system: MoRef;
  switches: string[];
  portGroups: HostPortGroupState[];
}

const paths = [
  "name",
  "runtime.connectionState",
  "configManager.networkSystem",
  "config.network.vswitch",
  "config.network.portgroup",
];

/** Reads the networks of all hosts of a cluster or compute resource that are connected, by one call. */
export async function readHostNetworks(vs: VSphere, compute: MoRef): Promise<HostNetworks[]> {
  const hosts = await readReferred(vs, compute, "host", { HostSystem: paths });
  return hosts
    .filter(({ props }) => props["runtime.connectionState"] === "connected")
    .map(hostNetworks);
}

function hostNetworks({ ref, props }: Properties): HostNetworks {
  const switches = (props["config.network.vswitch"] ?? []) as HostVirtualSwitch[];
  const portGroups = (props["config.network.portgroup"] ?? []) as HostPortGroup[];
  return {
    host: ref,
    hostName: props["name"] as string,
    system: props["configManager.networkSystem"] as MoRef,
    switches: switches.map(({ name }) => name),
    portGroups: portGroups.map(({ spec, computedPolicy }) => {
      const { allowPromiscuous, macChanges, forgedTransmits } = computedPolicy.security ?? {};
      const policies = [allowPromiscuous, macChanges, forgedTransmits];
      return {
        name: spec.name,
        switchName: spec.vswitchName,
        vlan: spec.vlanId,
        strict: policies.every((policy) => policy === false),
      };
    }),
  };
}

/** All that a guest could use to be another one, or to hear what isn't for it, is rejected. */
const strictSpec = ({ name, switchName, vlan }: StandardPortGroup): HostPortGroupSpec => ({
  name,
  vlanId: vlan,
  vswitchName: switchName,
  policy: { security: { allowPromiscuous: false, macChanges: false, forgedTransmits: false } },
});

/** What a port group of ours shall be. */
export type StandardPortGroup = Omit<HostPortGroupState, "strict">;

/** Adds a strict port group to one host. Faults: AlreadyExists; NotFound where the host has no such switch. */
export async function addHostPortGroup(
  vs: VSphere,
  system: MoRef,
  group: StandardPortGroup,
): Promise<void> {
  await vs.call("AddPortGroup", system, { portgrp: strictSpec(group) });
}

/** Sets all of one host's port group, strictness included. Fault NotFound if it is gone. */
export async function updateHostPortGroup(
  vs: VSphere,
  system: MoRef,
  group: StandardPortGroup,
): Promise<void> {
  const portgrp = strictSpec(group);
  await vs.call("UpdatePortGroup", system, { pgName: group.name, portgrp });
}

/** Removes a port group from one host. Faults: NotFound; ResourceInUse while a VM on this host is connected to it. */
export async function removeHostPortGroup(vs: VSphere, system: MoRef, name: string): Promise<void> {
  await vs.call("RemovePortGroup", system, { pgName: name });
}
