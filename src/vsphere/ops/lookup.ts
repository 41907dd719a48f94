/** Datastores, networks and switches by the names that people give them. Answers are remembered for a minute: see {@link forgetLookups}. */
import { NotFoundByNameError } from "../errors.ts";
import { type MoRef, morefKey } from "../moref.ts";
import { type Properties, readProperties, readReferred } from "../properties.ts";
import type { VSphere } from "../vsphere.ts";
import type { DatastoreSummary } from "../wsdl/vim.gen.ts";
import { cached } from "../lookup-cache.ts";
import type { Datacenter } from "./datacenter.ts";
import { inventoryName } from "./managed-entity.ts";
import { isNamed, readBelow } from "./traverse.ts";

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

const inDatacenter = (datacenter: Datacenter, kind: string, name: string): string =>
  `${morefKey(datacenter.ref)}/${kind}/${name}`;

/** A datastore of the datacenter by name. */
export function findDatastore(
  vs: VSphere,
  datacenter: Datacenter,
  name: string,
): Promise<DatastoreInfo> {
  return cached(vs, inDatacenter(datacenter, "datastore", name), async () => {
    const all = await readReferred(vs, datacenter.ref, "datastore", {
      Datastore: ["name", "summary", "browser"],
    });
    const found = all.find((datastore) => isNamed(datastore, name));
    if (!found) throw new NotFoundByNameError("datastore", name, datacenter.name);
    const summary = found.props["summary"] as DatastoreSummary;
    return {
      ref: found.ref as MoRef<"Datastore">,
      name: found.props["name"] as string,
      type: summary.type,
      accessible: summary.accessible,
      capacityBytes: summary.capacity,
      freeBytes: summary.freeSpace,
      browser: found.props["browser"] as MoRef<"HostDatastoreBrowser">,
    };
  });
}

/** A network of the datacenter by name: a distributed port group or a standard one. */
export function findNetwork(
  vs: VSphere,
  datacenter: Datacenter,
  name: string,
): Promise<NetworkInfo> {
  return cached(vs, inDatacenter(datacenter, "network", name), async () => {
    const all = await readReferred(vs, datacenter.ref, "network", { Network: ["name"] });
    const found = all.find((network) => isNamed(network, name));
    if (!found) throw new NotFoundByNameError("network", name, datacenter.name);
    return networkInfo(vs, found);
  });
}

async function networkInfo(vs: VSphere, { ref, props }: Properties): Promise<NetworkInfo> {
  const info: NetworkInfo = {
    ref,
    name: props["name"] as string,
    kind: ref.type as NetworkInfo["kind"],
  };
  if (info.kind !== "DistributedVirtualPortgroup") return info;
  const group = await readProperties(vs, ref, ["key", "config.distributedVirtualSwitch"]);
  const switchRef = group?.["config.distributedVirtualSwitch"] as MoRef | undefined;
  if (!group || !switchRef) throw new NotFoundByNameError("network", info.name);
  const { uuid } = (await readProperties(vs, switchRef, ["uuid"])) ?? {};
  return { ...info, portgroupKey: group["key"] as string, switchUuid: uuid as string, switchRef };
}

/** A distributed switch of the datacenter by name. */
export function findSwitch(vs: VSphere, datacenter: Datacenter, name: string): Promise<SwitchInfo> {
  return cached(vs, inDatacenter(datacenter, "switch", name), async () => {
    const all = await allSwitches(vs, datacenter);
    const found = all.find((candidate) => isNamed(candidate, name));
    if (!found) throw new NotFoundByNameError("distributed switch", name, datacenter.name);
    return {
      ref: found.ref,
      name: found.props["name"] as string,
      uuid: found.props["uuid"] as string,
    };
  });
}

/** All distributed switches of a datacenter, with `name` and `uuid`. */
export function allSwitches(vs: VSphere, { networkFolder }: Datacenter): Promise<Properties[]> {
  const folders = { type: "Folder", path: "childEntity" };
  return readBelow(vs, networkFolder, [folders], { DistributedVirtualSwitch: ["name", "uuid"] });
}

/** Direct child of a folder, vApp or pool by name. Not remembered. */
export async function findChild(
  vs: VSphere,
  parent: MoRef,
  name: string,
): Promise<MoRef | undefined> {
  return vs.call("FindChild", vs.content.searchIndex!, {
    entity: parent,
    name: inventoryName(name),
  });
}
