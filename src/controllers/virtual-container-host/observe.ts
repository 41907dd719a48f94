import { REASONS } from "../../api/conditions.ts";
import { type HostMarker, OWNER_ATTRIBUTE, parseHostMarker } from "../../api/markers.ts";
import type {
  VirtualContainerHost,
  VirtualContainerHostSpec,
} from "../../api/virtualcontainerhost.gen.ts";
import {
  type Compute,
  type DatastoreInfo,
  findCompute,
  findDatastore,
  findHost,
  findNetwork,
  findResourcePool,
  findSwitch,
  listDirectory,
  listFolder,
  listVApps,
  type MoRef,
  type NetworkInfo,
  NotFoundByNameError,
  parseMoref,
  type PortGroupState,
  readPortGroup,
  readVApp,
  type SwitchInfo,
  type VAppState,
} from "../../vsphere/index.ts";
import { isClaimed } from "../placement/owner-file.ts";
import type { Problem } from "../placement/problem.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { type HostIdentity, isMarkedBy } from "./identity.ts";
import type { Iso } from "./iso.ts";
import type { ObservedHost } from "./plan.ts";

/** What a host stands on: it is looked up, and never made. */
export interface Ground {
  readonly pool: MoRef;
  /** ESXi hosts on which its VMs may run. */
  readonly esxHosts: readonly MoRef[];
  readonly datastore: DatastoreInfo;
  readonly management: NetworkInfo;
  /** Either the switch on which the bridge's port group is made, or the port group that is there. */
  readonly bridge: SwitchInfo | NetworkInfo;
}

/** Looks up what the spec names. Throws NotFoundByNameError. */
export async function lookUpGround(
  server: PooledServer,
  spec: VirtualContainerHostSpec,
): Promise<Ground> {
  const { vsphere, datacenter } = server;
  const { imageStore, networks } = spec;
  const { bridge } = networks;
  const { pool, compute: within } = await findPool(server, spec);
  return {
    pool,
    esxHosts: within.hosts,
    datastore: await findDatastore(vsphere, datacenter, imageStore.datastore),
    management: await findNetwork(vsphere, datacenter, networks.management.portGroup),
    bridge:
      bridge.switch === undefined
        ? await findNetwork(vsphere, datacenter, bridge.portGroup ?? "")
        : await findSwitch(vsphere, datacenter, bridge.switch),
  };
}

/** Where the vApp is made. */
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
  readonly [K in "pool" | "datastore"]: Ground[K] | undefined;
};

/** Looks up what of a host's ground there is: a host is deleted although its spec names what doesn't exist. */
export async function lookUpFooting(
  server: PooledServer,
  spec: VirtualContainerHostSpec,
): Promise<Footing> {
  const { vsphere, datacenter } = server;
  return {
    pool: await unlessMissing(async () => (await findPool(server, spec)).pool),
    datastore: await unlessMissing(() =>
      findDatastore(vsphere, datacenter, spec.imageStore.datastore),
    ),
  };
}

async function unlessMissing<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof NotFoundByNameError) return undefined;
    throw error;
  }
}

/** What was seen, and by what name the bridge's port group goes. */
export interface Sight {
  readonly observed: ObservedHost;
  readonly vApp: VAppState | undefined;
  readonly portGroup: PortGroupState | undefined;
}

/** A thing of our name that isn't ours. */
export const isProblem = (value: object): value is Problem =>
  "reason" in value && "message" in value;

/** Looks at everything of a host in vSphere. Changes nothing. */
export async function observeHost(
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
  ground: Ground,
  iso: Iso,
): Promise<Sight | Problem> {
  const folder = await findFolder(server, me);
  if (folder && isProblem(folder)) return folder;
  const vApp = await findVApp(server, host, me, ground.pool);
  if (vApp && isProblem(vApp)) return vApp;
  const portGroup =
    host.spec.networks.bridge.switch === undefined
      ? undefined
      : await findPortGroup(server, host, me);
  if (portGroup && isProblem(portGroup)) return portGroup;
  const stored = await observeStore(server, me, ground.datastore, iso);
  return { vApp, portGroup, observed: { folder, vApp, portGroup, ...stored } };
}

/**
 * Looks for what there is of a host that is to be taken away: what isn't ours doesn't count, and
 * what its spec names needn't exist. Changes nothing.
 */
export async function observeRemains(
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
  { pool }: Footing,
): Promise<Sight> {
  const folder = ours(await findFolder(server, me));
  const vApp = ours(await findVApp(server, host, me, pool));
  const portGroup =
    host.spec.networks.bridge.switch === undefined
      ? undefined
      : ours(await findPortGroup(server, host, me));
  return {
    vApp,
    portGroup,
    observed: { folder, vApp, portGroup, directories: false, iso: false },
  };
}

const ours = <T extends object>(found: T | Problem | undefined): T | undefined =>
  found && !isProblem(found) ? found : undefined;

async function observeStore(
  server: PooledServer,
  me: HostIdentity,
  { browser }: DatastoreInfo,
  iso: Iso,
): Promise<Pick<ObservedHost, "directories" | "iso">> {
  const entries = await listDirectory(server.vsphere, browser, me.paths.own);
  const named = (name: string): boolean =>
    entries?.some((entry) => entry.name === name && entry.isDirectory) ?? false;
  const isWhole = named("iso") && named("images");
  if (!isWhole || !(await isClaimed(server, me.root, me.owner)))
    return { directories: false, iso: false };
  const isos = await listDirectory(server.vsphere, browser, me.paths.isoDirectory);
  const isThere =
    isos?.some(({ name, sizeBytes }) => name === iso.fileName && sizeBytes === iso.sizeBytes) ??
    false;
  return { directories: true, iso: isThere };
}

async function findFolder(
  { vsphere, datacenter }: PooledServer,
  me: HostIdentity,
): Promise<ObservedHost["folder"] | Problem> {
  const children = (await listFolder(vsphere, datacenter.vmFolder, OWNER_ATTRIBUTE)).filter(
    ({ ref }) => ref.type === "Folder",
  );
  const marked = children.find(({ value }) => isMarkedBy(value, me));
  if (marked) return { ref: marked.ref, name: marked.name, marked: true };
  const begun = children.find(({ name, value }) => name === me.names.unmarkedFolder && !value);
  if (begun) return { ref: begun.ref, name: begun.name, marked: false };
  const other = children.find(({ name }) => name === me.names.inventory);
  return other && clash("folder", me.names.inventory, parseHostMarker(other.value));
}

async function findVApp(
  { vsphere }: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
  pool: MoRef | undefined,
): Promise<VAppState | Problem | undefined> {
  const known = parseMoref(host.status?.vsphere?.vApp?.moRef ?? "");
  const cached = known && (await readVApp(vsphere, known));
  if (cached && isMarkedBy(cached.annotation, me)) return cached;
  const siblings = pool ? await listVApps(vsphere, pool) : [];
  const marked = siblings.find(({ annotation }) => isMarkedBy(annotation, me));
  if (marked) return marked;
  const other = siblings.find(({ name }) => name === me.names.inventory);
  return other && clash("vApp", me.names.inventory, parseHostMarker(other.annotation));
}

async function findPortGroup(
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
): Promise<PortGroupState | Problem | undefined> {
  const known = parseMoref(host.status?.vsphere?.portGroup?.moRef ?? "");
  const cached = known && (await readPortGroup(server.vsphere, known));
  if (cached && isMarkedBy(cached.description, me)) return cached;
  const named = await unlessMissing(() =>
    findNetwork(server.vsphere, server.datacenter, me.names.portGroup),
  );
  if (!named) return undefined;
  if (named.kind !== "DistributedVirtualPortgroup") return clash("network", me.names.portGroup);
  const state = await readPortGroup(server.vsphere, named.ref);
  return state && !isMarkedBy(state.description, me) ? clash("network", me.names.portGroup) : state;
}

const clash = (kind: string, name: string, marker?: HostMarker): Problem => ({
  reason: REASONS.NameClash,
  message: marker
    ? `The ${kind} "${name}" in vSphere belongs to VirtualContainerHost ${marker.host} of installation ${marker.installation}: if that is gone, take over what it left by spec.adopt.installation; else give this VirtualContainerHost another name.`
    : `A ${kind} named "${name}" exists in vSphere and isn't ours: rename it there, or give this VirtualContainerHost another name.`,
});
