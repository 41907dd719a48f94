import { REASONS } from "../../api/conditions.ts";
import { OWNER_ATTRIBUTE } from "../../api/markers.ts";
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
  { vsphere, datacenter }: PooledServer,
  spec: VirtualContainerHostSpec,
): Promise<Ground> {
  const { compute, imageStore, networks } = spec;
  const { bridge } = networks;
  const { pool, compute: within } = await findPool();
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

  async function findPool(): Promise<{ readonly pool: MoRef; readonly compute: Compute }> {
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
}

/** What was seen, and by what name the bridge's port group goes. */
export interface Sight {
  readonly observed: ObservedHost;
  readonly vApp: VAppState | undefined;
  readonly portGroup: PortGroupState | undefined;
}

/** A thing of our name that isn't ours. */
export const isProblem = (value: object): value is Problem => "reason" in value;

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
  const { datastore } = ground;
  const entries = await listDirectory(server.vsphere, datastore.browser, me.paths.own);
  const named = (name: string): boolean =>
    entries?.some((entry) => entry.name === name && entry.isDirectory) ?? false;
  const directories =
    named("iso") && named("images") && (await isClaimed(server, me.root, me.owner));
  const isos = directories
    ? await listDirectory(server.vsphere, datastore.browser, me.paths.isoDirectory)
    : [];
  return {
    vApp,
    portGroup,
    observed: {
      folder,
      vApp,
      portGroup,
      directories,
      iso:
        isos?.some(({ name, sizeBytes }) => name === iso.fileName && sizeBytes === iso.sizeBytes) ??
        false,
    },
  };
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
  return children.some(({ name }) => name === me.names.inventory)
    ? clash("folder", me.names.inventory)
    : undefined;
}

async function findVApp(
  { vsphere }: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
  pool: MoRef,
): Promise<VAppState | Problem | undefined> {
  const known = parseMoref(host.status?.vsphere?.vApp?.moRef ?? "");
  const cached = known && (await readVApp(vsphere, known));
  if (cached && isMarkedBy(cached.annotation, me)) return cached;
  const siblings = await listVApps(vsphere, pool);
  const marked = siblings.find(({ annotation }) => isMarkedBy(annotation, me));
  if (marked) return marked;
  return siblings.some(({ name }) => name === me.names.inventory)
    ? clash("vApp", me.names.inventory)
    : undefined;
}

async function findPortGroup(
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
): Promise<PortGroupState | Problem | undefined> {
  const known = parseMoref(host.status?.vsphere?.portGroup?.moRef ?? "");
  const cached = known && (await readPortGroup(server.vsphere, known));
  if (cached && isMarkedBy(cached.description, me)) return cached;
  const named = await networkByName(server, me.names.portGroup);
  if (!named) return undefined;
  if (named.kind !== "DistributedVirtualPortgroup") return clash("network", me.names.portGroup);
  const state = await readPortGroup(server.vsphere, named.ref);
  return state && !isMarkedBy(state.description, me) ? clash("network", me.names.portGroup) : state;
}

async function networkByName(
  { vsphere, datacenter }: PooledServer,
  name: string,
): Promise<NetworkInfo | undefined> {
  try {
    return await findNetwork(vsphere, datacenter, name);
  } catch (error) {
    if (error instanceof NotFoundByNameError) return undefined;
    throw error;
  }
}

const clash = (kind: string, name: string): Problem => ({
  reason: REASONS.NameClash,
  message: `A ${kind} named "${name}" exists in vSphere and isn't ours: rename it there, or give this VirtualContainerHost another name.`,
});
