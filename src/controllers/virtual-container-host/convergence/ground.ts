import type {
  VirtualContainerHost,
  VirtualContainerHostSpec,
} from "../../../api/virtualcontainerhost.gen.ts";
import {
  type Compute,
  type DatastoreInfo,
  findCompute,
  findDatastore,
  findHost,
  findNetwork,
  findResourcePool,
  findSwitch,
  type MoRef,
  type NetworkInfo,
  NotFoundByNameError,
  readHostNetworks,
} from "../../../vsphere/index.ts";
import { isProblem, type Problem } from "../../reporting/problem.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { type HostShape, shapeOf } from "./shape.ts";

/** What a host stands on: it is looked up, and never made. */
export interface Ground {
  readonly shape: HostShape;
  readonly pool: MoRef;
  readonly compute: Compute;
  readonly datastore: DatastoreInfo;
  readonly management: NetworkInfo;
  readonly bridge: BridgeGround;
}

/** The switch on which the bridge's port group is made, or the port group that is there. */
export type BridgeGround =
  | { readonly kind: "distributed"; readonly ref: MoRef }
  | { readonly kind: "standard"; readonly switchName: string }
  | { readonly kind: "given"; readonly network: NetworkInfo };

/** Looks up what the spec names, and what can be made of it. Throws NotFoundByNameError. */
export async function lookUpGround(
  server: PooledServer,
  { spec, status }: Pick<VirtualContainerHost, "spec" | "status">,
): Promise<Ground | Problem> {
  const { vsphere, datacenter, capabilities } = server;
  const { imageStore, networks } = spec;
  const { pool, compute } = await findPool(server, spec);
  const shape = shapeOf(spec, { capabilities, compute, known: status?.vsphere });
  if (isProblem(shape)) return shape;
  return {
    shape,
    pool,
    compute,
    datastore: await findDatastore(vsphere, datacenter, imageStore.datastore),
    management: await findNetwork(vsphere, datacenter, networks.management.portGroup),
    bridge: await lookUpBridge(server, compute, networks.bridge),
  };
}

async function lookUpBridge(
  { vsphere, datacenter }: PooledServer,
  compute: Compute,
  bridge: VirtualContainerHostSpec["networks"]["bridge"],
): Promise<BridgeGround> {
  if (bridge.switch === undefined) {
    const network = await findNetwork(vsphere, datacenter, bridge.portGroup ?? "");
    return { kind: "given", network };
  }
  const name = bridge.switch;
  const dvs = await unlessMissing(() => findSwitch(vsphere, datacenter, name));
  if (dvs) return { kind: "distributed", ref: dvs.ref };
  const hosts = await readHostNetworks(vsphere, compute.ref);
  const lacking = hosts.filter(({ switches }) => !switches.includes(name));
  if (lacking.length === hosts.length)
    throw new NotFoundByNameError("distributed or standard switch", name, datacenter.name);
  if (lacking[0]) throw new NotFoundByNameError("standard switch", name, lacking[0].hostName);
  return { kind: "standard", switchName: name };
}

/** Where the vApp or pool is made. */
async function findPool(
  { vsphere, datacenter }: PooledServer,
  { compute }: VirtualContainerHostSpec,
): Promise<{ readonly pool: MoRef; readonly compute: Compute }> {
  if (compute.resourcePool !== undefined) {
    const found = await findResourcePool(vsphere, datacenter, compute.resourcePool);
    return { pool: found.ref, compute: found.compute };
  }
  const found =
    compute.cluster === undefined
      ? (await findHost(vsphere, datacenter, compute.host ?? "")).compute
      : await findCompute(vsphere, datacenter, compute.cluster);
  return { pool: found.resourcePool, compute: found };
}

/** What of a host's ground is needed to find what stands on it. */
export type Footing = {
  readonly [K in "pool" | "compute" | "datastore"]: Ground[K] | undefined;
};

/** Looks up what of a host's ground there is: a host is deleted although its spec names what doesn't exist. */
export async function lookUpFooting(
  server: PooledServer,
  spec: VirtualContainerHostSpec,
): Promise<Footing> {
  const { vsphere, datacenter } = server;
  const found = await unlessMissing(() => findPool(server, spec));
  const { datastore } = spec.imageStore;
  return {
    pool: found?.pool,
    compute: found?.compute,
    datastore: await unlessMissing(() => findDatastore(vsphere, datacenter, datastore)),
  };
}

/** Undefined where nothing has the name. */
export async function unlessMissing<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof NotFoundByNameError) return undefined;
    throw error;
  }
}
