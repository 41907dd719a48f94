import {
  addHostPortGroup,
  type HostNetworks,
  isFault,
  removeHostPortGroup,
  updateHostPortGroup,
  type VSphere,
} from "../../../vsphere/index.ts";
import type { HostStep } from "./plan.ts";

type Step = Extract<HostStep, { do: "addHostPortGroups" | "setHostPortGroups" }>;

/** Adds a bridge's port group to the standard switches of hosts, or sets it as it shall be. Harmless to repeat. */
export async function setHostPortGroups(
  vsphere: VSphere,
  { name, vlan, hosts }: Step,
  switchName: string,
  networks: readonly HostNetworks[],
): Promise<void> {
  for (const { system, hostName, portGroups } of networks) {
    if (!hosts.includes(hostName)) continue;
    const before = portGroups.find((each) => each.name === name);
    const group = { name, switchName, vlan: vlan ?? before?.vlan ?? 0 };
    if (before) await updateHostPortGroup(vsphere, system, group);
    else await unless("AlreadyExists", addHostPortGroup(vsphere, system, group));
  }
}

/**
 * Takes a bridge's port group away from all hosts.
 *
 * @returns the hosts on which something is connected to it
 */
export async function removeHostPortGroups(
  vsphere: VSphere,
  name: string,
  networks: readonly HostNetworks[],
): Promise<string[]> {
  const used: string[] = [];
  for (const { system, hostName, portGroups } of networks) {
    if (!portGroups.some((each) => each.name === name)) continue;
    try {
      await unless("NotFound", removeHostPortGroup(vsphere, system, name));
    } catch (error) {
      if (!isFault(error, "ResourceInUse")) throw error;
      used.push(hostName);
    }
  }
  return used;
}

async function unless(fault: string, call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isFault(error, fault)) throw error;
  }
}
