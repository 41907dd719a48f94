/** Clusters, hosts and pools by the names that people give them. Answers are remembered for a minute. */
import { NotFoundByNameError } from "../model/errors.ts";
import { cached } from "./lookup-cache.ts";
import { type MoRef, morefKey } from "../wsdl/moref.ts";
import { type Properties, readProperties } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { ClusterConfigInfoEx } from "../wsdl/vim.gen.ts";
import type { Datacenter } from "./datacenter.ts";
import { inventoryName } from "./managed-entity.ts";
import { choose, isNamed, readBelow } from "./traverse.ts";

/** A cluster or a stand-alone host's compute resource. */
export interface Compute {
  ref: MoRef;
  name: string;
  /** False: a host that is in no cluster. */
  isCluster: boolean;
  /** Root resource pool. */
  resourcePool: MoRef<"ResourcePool">;
  hosts: MoRef<"HostSystem">[];
  /** Only of clusters. Without it a cluster has no pools and no vApps. */
  drsEnabled: boolean;
}

const folders = { type: "Folder", path: "childEntity" };
const rootPools = { type: "ComputeResource", path: "resourcePool" };
const pools = { type: "ResourcePool", path: "resourcePool" };
const hostsOf = { type: "ComputeResource", path: "host" };

const inDatacenter = (datacenter: Datacenter, kind: string, name: string): string =>
  `${morefKey(datacenter.ref)}/${kind}/${name}`;

/** A cluster or stand-alone host by name, or by its path below the datacenter's folder of hosts. */
export function findCompute(vs: VSphere, datacenter: Datacenter, name: string): Promise<Compute> {
  return cached(vs, inDatacenter(datacenter, "compute", name), async () => {
    const all = await readBelow(vs, datacenter.hostFolder, [folders], {
      Folder: ["name", "parent"],
      ComputeResource: ["name", "parent", "resourcePool", "host"],
    });
    const computes = all.filter(({ ref }) => ref.type !== "Folder");
    return readCompute(vs, choose("cluster or host", name, computes, all, datacenter.name));
  });
}

async function readCompute(vs: VSphere, { ref, props }: Properties): Promise<Compute> {
  const isCluster = ref.type === "ClusterComputeResource";
  const config = isCluster ? await readProperties(vs, ref, ["configurationEx"]) : undefined;
  return {
    ref,
    name: props["name"] as string,
    isCluster,
    resourcePool: props["resourcePool"] as MoRef<"ResourcePool">,
    hosts: (props["host"] ?? []) as MoRef<"HostSystem">[],
    drsEnabled: isDrsEnabled(config?.["configurationEx"]),
  };
}

/** Whether a cluster's `configurationEx` has DRS switched on. */
export const isDrsEnabled = (config: unknown): boolean =>
  (config as ClusterConfigInfoEx | undefined)?.drsConfig?.enabled ?? false;

/** A resource pool or vApp by name or by path `cluster/Resources/a/b`, with its compute resource. */
export function findResourcePool(
  vs: VSphere,
  datacenter: Datacenter,
  nameOrPath: string,
): Promise<{ ref: MoRef; name: string; compute: Compute }> {
  return cached(vs, inDatacenter(datacenter, "pool", nameOrPath), async () => {
    const all = await readBelow(vs, datacenter.hostFolder, [folders, rootPools, pools], {
      ResourcePool: ["name", "parent", "owner"],
    });
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
    const all = await readBelow(vs, datacenter.hostFolder, [folders, hostsOf], {
      HostSystem: ["name", "parent"],
    });
    const found = all.find((host) => isNamed(host, name));
    if (!found) throw new NotFoundByNameError("host", name, datacenter.name);
    const owner = await findComputeByRef(vs, found.props["parent"] as MoRef);
    return { ref: found.ref as MoRef<"HostSystem">, name, compute: owner };
  });
}
