/** Datastores, networks and switches by the names that people give them. Answers are remembered for a minute: see {@link forgetLookups}. */
import { NotFoundByNameError } from "../model/errors.ts";
import { type MoRef, morefKey } from "../wsdl/moref.ts";
import { type Properties, readProperties, readReferred } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { DatastoreCapability, DatastoreSummary } from "../wsdl/vim.gen.ts";
import { cached } from "./lookup-cache.ts";
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
  /** Such as `ds:///vmfs/volumes/vsan:…/`. */
  url: string;
  /** Directories at its top are objects, under names that it chooses: see top-level-directory.ts. */
  objectStore: boolean;
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
      Datastore: DATASTORE_PATHS,
    });
    const found = all.find((datastore) => isNamed(datastore, name));
    if (!found) throw new NotFoundByNameError("datastore", name, datacenter.name);
    return datastoreInfo(found);
  });
}

/** What {@link datastoreInfo} is made from. */
export const DATASTORE_PATHS = ["name", "summary", "browser", "capability"];

/** A datastore by its properties. */
export function datastoreInfo({ ref, props }: Properties): DatastoreInfo {
  const summary = props["summary"] as DatastoreSummary;
  const capability = props["capability"] as DatastoreCapability | undefined;
  return {
    ref: ref as MoRef<"Datastore">,
    name: props["name"] as string,
    type: summary.type,
    accessible: summary.accessible,
    capacityBytes: summary.capacity,
    freeBytes: summary.freeSpace,
    browser: props["browser"] as MoRef<"HostDatastoreBrowser">,
    url: summary.url,
    objectStore: capability?.topLevelDirectoryCreateSupported === false,
  };
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
