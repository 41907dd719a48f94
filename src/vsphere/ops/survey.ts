/** All of a datacenter that somebody may have marked, each kind by one read. For a look from outside: nothing is watched or remembered. */
import { isFault, isGone } from "../model/fault.ts";
import type { VmRecord } from "../model/inventory.ts";
import { type MoRef, moref, morefKey } from "../wsdl/moref.ts";
import { type Properties, retrieveProperties } from "./properties.ts";
import { updatedRecord, vmPaths } from "../inventory/vm-record.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { AnyVirtualDevice, HostPortGroup } from "../wsdl/vim.gen.ts";
import { attributeOf } from "./custom-attribute.ts";
import { type ExistingDevice, existingDevice } from "./device.ts";
import type { Datacenter } from "./datacenter.ts";
import { DATASTORE_PATHS, datastoreInfo, type DatastoreInfo } from "./lookup.ts";
import { readBelow, type Step } from "./traverse.ts";

/** An object with the text in which a marker would stand. */
export interface MarkedObject {
  readonly ref: MoRef;
  readonly name: string;
  readonly text: string | undefined;
}

const inVmFolder: readonly Step[] = [
  { type: "Datacenter", path: "vmFolder" },
  { type: "Folder", path: "childEntity" },
  { type: "VirtualApp", path: "resourcePool" },
  { type: "VirtualApp", path: "vm" },
  { type: "ResourcePool", path: "vm" },
];

/** All VMs of a datacenter, wherever they stand, with these keys of their extraConfig. */
export async function surveyVms(
  vs: VSphere,
  datacenter: Datacenter,
  extraConfigKeys: readonly string[],
): Promise<VmRecord[]> {
  const read = (keyed: boolean) =>
    readBelow(vs, datacenter.ref, inVmFolder, { VirtualMachine: vmPaths(extraConfigKeys, keyed) });
  const found = await read(true).catch((error: unknown) => {
    if (!isFault(error, "InvalidProperty")) throw error;
    return read(false);
  });
  return found.map(({ ref, props }) =>
    updatedRecord(
      moref("VirtualMachine", ref.value),
      undefined,
      Object.entries(props).map(([name, val]) => ({ name, op: "assign", val })),
      extraConfigKeys,
    ),
  );
}

/** All vApps of a datacenter with their annotations. */
export async function surveyVApps(vs: VSphere, datacenter: Datacenter): Promise<MarkedObject[]> {
  const paths = ["name", "vAppConfig.annotation"];
  const found = await readBelow(vs, datacenter.ref, inVmFolder, { VirtualApp: paths });
  return found.map((each) => marked(each, each.props["vAppConfig.annotation"]));
}

/** All folders of VMs of a datacenter with the value of a custom attribute. */
export async function surveyFolders(
  vs: VSphere,
  datacenter: Datacenter,
  attribute: string,
): Promise<MarkedObject[]> {
  const valueIn = await attributeOf(vs, attribute);
  const paths = ["name", "customValue"];
  const found = await readBelow(vs, datacenter.ref, inVmFolder, { Folder: paths });
  return found.map((each) => marked(each, valueIn(each.props)));
}

const inHostFolder: readonly Step[] = [
  { type: "Datacenter", path: "hostFolder" },
  { type: "Folder", path: "childEntity" },
];

/** All resource pools of a datacenter, vApps aside, with the value of a custom attribute, where the server has these. */
export async function surveyPools(
  vs: VSphere,
  datacenter: Datacenter,
  attribute: string,
): Promise<MarkedObject[]> {
  const valueIn = await attributeOf(vs, attribute);
  const steps = [
    ...inHostFolder,
    { type: "ComputeResource", path: "resourcePool" },
    { type: "ResourcePool", path: "resourcePool" },
  ];
  const paths = ["name", "customValue"];
  const found = await readBelow(vs, datacenter.ref, steps, { ResourcePool: paths });
  return found
    .filter(({ ref }) => ref.type === "ResourcePool")
    .map((each) => marked(each, valueIn(each.props)));
}

/** All port groups on standard switches of a datacenter, by name: the ESXi hosts that have them. */
export async function surveyHostPortGroups(
  vs: VSphere,
  datacenter: Datacenter,
): Promise<Map<string, string[]>> {
  const steps = [...inHostFolder, { type: "ComputeResource", path: "host" }];
  const paths = ["name", "config.network.portgroup"];
  const hosts = new Map<string, string[]>();
  for (const { props } of await readBelow(vs, datacenter.ref, steps, { HostSystem: paths }))
    for (const { spec } of (props["config.network.portgroup"] ?? []) as HostPortGroup[])
      hosts.set(spec.name, [...(hosts.get(spec.name) ?? []), props["name"] as string]);
  return hosts;
}

/** All distributed port groups of a datacenter with their descriptions. */
export async function surveyPortGroups(
  vs: VSphere,
  datacenter: Datacenter,
): Promise<MarkedObject[]> {
  const steps = [
    { type: "Datacenter", path: "networkFolder" },
    { type: "Folder", path: "childEntity" },
  ];
  const paths = ["name", "config.description"];
  const found = await readBelow(vs, datacenter.ref, steps, { DistributedVirtualPortgroup: paths });
  return found.map((each) => marked(each, each.props["config.description"]));
}

const marked = ({ ref, props }: Properties, text: unknown): MarkedObject => ({
  ref,
  name: props["name"] as string,
  text: typeof text === "string" ? text : undefined,
});

/** All datastores of a datacenter. */
export async function surveyDatastores(
  vs: VSphere,
  datacenter: Datacenter,
): Promise<DatastoreInfo[]> {
  const steps = [{ type: "Datacenter", path: "datastore" }];
  return (await readBelow(vs, datacenter.ref, steps, { Datastore: DATASTORE_PATHS })).map(
    datastoreInfo,
  );
}

/** VMs whose devices one call reads: they are large. */
const BATCH = 100;

/** The devices of VMs, by {@link morefKey}; a VM that is gone by now is left out. */
export async function readDevices(
  vs: VSphere,
  vms: readonly MoRef[],
): Promise<Map<string, ExistingDevice[]>> {
  const found = new Map<string, ExistingDevice[]>();
  for (let at = 0; at < vms.length; at += BATCH)
    for (const { ref, props } of await hardwareOf(vs, vms.slice(at, at + BATCH))) {
      const devices = (props["config.hardware.device"] ?? []) as AnyVirtualDevice[];
      found.set(morefKey(ref), devices.map(existingDevice));
    }
  return found;
}

async function hardwareOf(vs: VSphere, vms: readonly MoRef[]): Promise<Properties[]> {
  try {
    return await retrieveProperties(vs, {
      propSet: [{ type: "VirtualMachine", pathSet: ["config.hardware.device"] }],
      objectSet: vms.map((obj) => ({ obj })),
    });
  } catch (error) {
    if (!isGone(error)) throw error;
    // One of them went meanwhile, which fails the call for all.
    if (vms.length <= 1) return [];
    const half = Math.ceil(vms.length / 2);
    return [
      ...(await hardwareOf(vs, vms.slice(0, half))),
      ...(await hardwareOf(vs, vms.slice(half))),
    ];
  }
}
