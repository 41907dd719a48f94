/** Objects by the names that people give them. Answers are remembered for a minute: see {@link forgetLookups}. */
import { NotFoundByNameError } from "../errors.ts";
import { type MoRef, morefKey } from "../moref.ts";
import { type Properties, readProperties, readReferred } from "../properties.ts";
import type { VSphere } from "../vsphere.ts";
import type { ClusterConfigInfoEx, DatastoreSummary } from "../wsdl/vim.gen.ts";
import { cached } from "../lookup-cache.ts";
import { inventoryName } from "./managed-entity.ts";
import { isNamed, readBelow } from "./traverse.ts";

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

const folders = { type: "Folder", path: "childEntity" };
const rootPools = { type: "ComputeResource", path: "resourcePool" };
const pools = { type: "ResourcePool", path: "resourcePool" };
const hostsOf = { type: "ComputeResource", path: "host" };

const inDatacenter = (datacenter: Datacenter, kind: string, name: string): string =>
  `${morefKey(datacenter.ref)}/${kind}/${name}`;

/** The datacenter of that name, or the only one. Rejects with NotFoundByNameError (also if several exist and none is named). */
export function findDatacenter(vs: VSphere, name?: string): Promise<Datacenter> {
  return cached(vs, `datacenter/${name ?? ""}`, async () => {
    const paths = ["name", "vmFolder", "hostFolder", "networkFolder", "datastoreFolder"];
    const all = await readBelow(vs, vs.content.rootFolder, [folders], "Datacenter", paths);
    const found =
      name === undefined
        ? all.length === 1
          ? all[0]
          : undefined
        : all.find((dc) => isNamed(dc, name));
    if (!found) {
      const names = all.map((dc) => String(dc.props["name"])).toSorted();
      throw new NotFoundByNameError(
        "datacenter",
        name ?? "",
        `the server, which has ${names.join(", ") || "none"}`,
      );
    }
    return { ...found.props, ref: found.ref } as unknown as Datacenter;
  });
}

/** A cluster or stand-alone host by name. */
export function findCompute(vs: VSphere, datacenter: Datacenter, name: string): Promise<Compute> {
  return cached(vs, inDatacenter(datacenter, "compute", name), async () => {
    const paths = ["name", "resourcePool", "host"];
    const all = await readBelow(vs, datacenter.hostFolder, [folders], "ComputeResource", paths);
    const found = all.find((compute) => isNamed(compute, name));
    if (!found) throw new NotFoundByNameError("cluster or host", name, datacenter.name);
    return readCompute(vs, found);
  });
}

async function readCompute(vs: VSphere, { ref, props }: Properties): Promise<Compute> {
  const config =
    ref.type === "ClusterComputeResource"
      ? await readProperties(vs, ref, ["configurationEx"])
      : undefined;
  return {
    ref,
    name: props["name"] as string,
    resourcePool: props["resourcePool"] as MoRef<"ResourcePool">,
    hosts: (props["host"] ?? []) as MoRef<"HostSystem">[],
    drsEnabled: isDrsEnabled(config?.["configurationEx"]),
  };
}

const isDrsEnabled = (config: unknown): boolean =>
  (config as ClusterConfigInfoEx | undefined)?.drsConfig?.enabled ?? false;

/** A resource pool or vApp by name or by path `cluster/Resources/a/b`, with its compute resource. */
export function findResourcePool(
  vs: VSphere,
  datacenter: Datacenter,
  nameOrPath: string,
): Promise<{ ref: MoRef; name: string; compute: Compute }> {
  return cached(vs, inDatacenter(datacenter, "pool", nameOrPath), async () => {
    const steps = [folders, rootPools, pools];
    const all = await readBelow(vs, datacenter.hostFolder, steps, "ResourcePool", [
      "name",
      "parent",
      "owner",
    ]);
    const byKey = new Map(all.map((pool) => [morefKey(pool.ref), pool]));
    const path = nameOrPath.split("/");
    for (const pool of all.filter((candidate) => isNamed(candidate, path.at(-1)!))) {
      const owner = await findComputeByRef(vs, pool.props["owner"] as MoRef);
      if (isAt(pool, path, byKey, owner.name))
        return { ref: pool.ref, name: String(pool.props["name"]), compute: owner };
    }
    throw new NotFoundByNameError("resource pool", nameOrPath, datacenter.name);
  });
}

/** Whether a pool's place ends in a path, whose first part may be the compute resource. */
function isAt(
  pool: Properties,
  path: readonly string[],
  byKey: Map<string, Properties>,
  owner: string,
): boolean {
  let at: Properties | undefined = pool;
  for (const part of path.toReversed()) {
    if (!at) return part === owner || inventoryName(part) === owner;
    if (!isNamed(at, part)) return false;
    at = byKey.get(morefKey(at.props["parent"] as MoRef));
  }
  return true;
}

async function findComputeByRef(vs: VSphere, ref: MoRef): Promise<Compute> {
  return cached(vs, `compute/${morefKey(ref)}`, async () => {
    const props = await readProperties(vs, ref, ["name", "resourcePool", "host"]);
    if (!props) throw new NotFoundByNameError("cluster or host", ref.value);
    return readCompute(vs, { ref, props });
  });
}

/** A host by name. */
export function findHost(
  vs: VSphere,
  datacenter: Datacenter,
  name: string,
): Promise<{ ref: MoRef<"HostSystem">; name: string; compute: Compute }> {
  return cached(vs, inDatacenter(datacenter, "host", name), async () => {
    const all = await readBelow(vs, datacenter.hostFolder, [folders, hostsOf], "HostSystem", [
      "name",
      "parent",
    ]);
    const found = all.find((host) => isNamed(host, name));
    if (!found) throw new NotFoundByNameError("host", name, datacenter.name);
    const owner = await findComputeByRef(vs, found.props["parent"] as MoRef);
    return { ref: found.ref as MoRef<"HostSystem">, name, compute: owner };
  });
}

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

function allSwitches(vs: VSphere, { networkFolder }: Datacenter): Promise<Properties[]> {
  return readBelow(vs, networkFolder, [folders], "DistributedVirtualSwitch", ["name", "uuid"]);
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

/** What a datacenter offers: DRS on in some cluster, vApps (which need both vCenter and DRS), a distributed switch. */
export async function readCapabilities(
  vs: VSphere,
  datacenter: Datacenter,
): Promise<{ drs: boolean; vApps: boolean; distributedSwitches: boolean }> {
  const type = "ClusterComputeResource";
  const clusters = await readBelow(vs, datacenter.hostFolder, [folders], type, ["configurationEx"]);
  const drs = clusters.some(({ props }) => isDrsEnabled(props["configurationEx"]));
  const isVCenter = vs.about.apiType === "VirtualCenter";
  return {
    drs,
    vApps: isVCenter && drs,
    distributedSwitches: isVCenter && (await allSwitches(vs, datacenter)).length > 0,
  };
}
