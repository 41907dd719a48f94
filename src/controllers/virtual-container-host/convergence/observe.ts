import { REASONS } from "../../../api/conditions.ts";
import { OWNER_ATTRIBUTE, parseHostMarker } from "../../../api/markers.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import {
  type DatastoreInfo,
  findNetwork,
  type HostNetworks,
  listDirectory,
  listFolder,
  type MoRef,
  parseMoref,
  type PortGroupState,
  readHostNetworks,
  readPortGroup,
} from "../../../vsphere/index.ts";
import { isClaimed } from "../../directories/owner-file.ts";
import { realPath } from "../../directories/real-path.ts";
import { isProblem, type Problem } from "../../reporting/problem.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { isOurs, listContainers, readContainer, type ResourceContainer } from "./containers-of.ts";
import { type Footing, type Ground, unlessMissing } from "./ground.ts";
import { type HostIdentity, isMarkedBy } from "./identity.ts";
import type { Iso } from "./iso.ts";
import type { HostNames, ObservedHost, ObservedPortGroup } from "./plan.ts";
import { WORDS } from "./shape.ts";

/** What was seen of a host. */
export interface Sight {
  readonly observed: ObservedHost;
  readonly container: ResourceContainer | undefined;
  readonly bridge: SeenBridge | undefined;
}

/** The bridge's port group, where it is ours. */
type SeenBridge =
  | { readonly kind: "distributed"; readonly ref: MoRef; readonly name: string }
  | { readonly kind: "standard"; readonly hosts: readonly HostNetworks[] };

/** Looks at everything of a host in vSphere. Changes nothing. */
export async function observeHost(
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
  { shape, pool, compute, datastore, bridge }: Ground,
  iso: Iso,
): Promise<Sight | Problem> {
  const taken = new Set<keyof HostNames>();
  const folder = shape.folder ? await findFolder(server, me, taken) : undefined;
  if (folder && isProblem(folder)) return folder;
  const container =
    shape.container === "Folder" ? undefined : await findContainer(server, host, me, pool, taken);
  if (container && isProblem(container)) return container;
  const seen =
    bridge.kind === "standard"
      ? await seeHosts(server, compute.ref)
      : bridge.kind === "distributed"
        ? await findPortGroup(server, host, me, taken)
        : undefined;
  const stored = await observeStore(server, me, datastore, iso);
  const standard = bridge.kind === "standard" ? bridge.switchName : "";
  return {
    container,
    bridge: seen && withoutState(seen),
    observed: {
      folder,
      container: container && { ...container, marked: isMarkedBy(container.marker, me) },
      portGroup: seen && portGroupOf(seen, me, standard),
      taken,
      ...stored,
    },
  };
}

/**
 * Looks for what there is of a host that is to be taken away: what isn't ours doesn't count, and
 * what its spec names needn't exist. Changes nothing.
 */
export async function observeRemains(
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
  { pool, compute }: Footing,
): Promise<Sight> {
  const taken = new Set<keyof HostNames>();
  const folder = ours(
    server.capabilities.folders ? await findFolder(server, me, taken) : undefined,
  );
  const container = ours(await findContainer(server, host, me, pool, taken));
  const isMade = host.spec.networks.bridge.switch !== undefined;
  const distributed = isMade ? await findPortGroup(server, host, me, taken) : undefined;
  const seen = distributed ?? (isMade && compute ? await seeHosts(server, compute.ref) : undefined);
  return {
    container,
    bridge: seen && withoutState(seen),
    observed: {
      folder,
      container: undefined,
      portGroup: undefined,
      taken,
      directories: false,
      iso: false,
    },
  };
}

const ours = <T extends object>(found: T | Problem | undefined): T | undefined =>
  found && !isProblem(found) ? found : undefined;

/** Whose members a host's VMs are; undefined: there is nothing that could have any. */
export const membersOf = ({ container, observed }: Sight): MoRef | undefined =>
  container?.ref ?? observed.folder?.ref;

type Seen =
  | ({ readonly kind: "distributed" } & PortGroupState)
  | Extract<SeenBridge, { kind: "standard" }>;

const withoutState = (seen: Seen): SeenBridge =>
  seen.kind === "standard" ? seen : { kind: seen.kind, ref: seen.ref, name: seen.name };

const seeHosts = async ({ vsphere }: PooledServer, compute: MoRef): Promise<Seen> => ({
  kind: "standard",
  hosts: await readHostNetworks(vsphere, compute),
});

function portGroupOf(seen: Seen, { names }: HostIdentity, switchName: string): ObservedPortGroup {
  if (seen.kind === "distributed") return seen;
  return {
    kind: "standard",
    hosts: seen.hosts.map(({ hostName, portGroups }) => {
      const group = portGroups.find(({ name }) => name === names.ownPortGroup);
      const has = group && { ...group, onSwitch: group.switchName === switchName };
      return { hostName, has };
    }),
  };
}

async function observeStore(
  server: PooledServer,
  me: HostIdentity,
  { browser }: DatastoreInfo,
  iso: Iso,
): Promise<Pick<ObservedHost, "directories" | "iso">> {
  const entries = await listDirectory(
    server.vsphere,
    browser,
    await realPath(server, me.paths.own),
  );
  const named = (name: string): boolean => entries?.some((entry) => entry.name === name) ?? false;
  const isWhole = named("iso") && named("images");
  if (!isWhole || !(await isClaimed(server, me.root, me.owner)))
    return { directories: false, iso: false };
  const isoDirectory = await realPath(server, me.paths.isoDirectory);
  const isos = await listDirectory(server.vsphere, browser, isoDirectory);
  const isThere =
    isos?.some(({ name, sizeBytes }) => name === iso.fileName && sizeBytes === iso.sizeBytes) ??
    false;
  return { directories: true, iso: isThere };
}

async function findFolder(
  { vsphere, datacenter }: PooledServer,
  me: HostIdentity,
  taken: Set<keyof HostNames>,
): Promise<ObservedHost["folder"] | Problem> {
  const children = await listFolder(vsphere, datacenter.vmFolder, OWNER_ATTRIBUTE);
  const folders = children.filter(({ ref }) => ref.type === "Folder");
  const marked = folders.find(({ value }) => isMarkedBy(value, me));
  const lost = folders.flatMap(({ name, value }) => takenOver("folder", name, value, me) ?? [])[0];
  if (!marked && lost) return lost;
  if (children.some(({ ref, name }) => name === me.names.folder && ref !== marked?.ref))
    taken.add("folder");
  if (marked) return { ref: marked.ref, name: marked.name, marked: true };
  const begun = folders.find(({ name, value }) => name === me.names.unmarked && !value);
  return begun && { ref: begun.ref, name: begun.name, marked: false };
}

async function findContainer(
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
  pool: MoRef | undefined,
  taken: Set<keyof HostNames>,
): Promise<ResourceContainer | Problem | undefined> {
  const { vApp, resourcePool } = host.status?.vsphere ?? {};
  const known = parseMoref(vApp?.moRef ?? resourcePool?.moRef ?? "");
  const cached = known && (await readContainer(server, known));
  if (cached && cached.name !== me.names.unmarked && isOurs(cached, me)) return cached;
  const siblings = pool ? await listContainers(server, pool) : [];
  const found = siblings.find((each) => isOurs(each, me));
  const lost = siblings.flatMap(
    ({ kind, name, marker }) => takenOver(WORDS[kind], name, marker, me) ?? [],
  )[0];
  if (!found && lost) return lost;
  if (siblings.some(({ ref, name }) => name === me.names.container && ref !== found?.ref))
    taken.add("container");
  return found;
}

async function findPortGroup(
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
  taken: Set<keyof HostNames>,
): Promise<Extract<Seen, { kind: "distributed" }> | undefined> {
  const known = parseMoref(host.status?.vsphere?.portGroup?.moRef ?? "");
  if (known?.type === "DistributedVirtualPortgroup") {
    const cached = await readPortGroup(server.vsphere, known);
    if (cached && isMarkedBy(cached.description, me)) return { kind: "distributed", ...cached };
  }
  for (const name of ["portGroup", "ownPortGroup"] as const) {
    const { vsphere, datacenter } = server;
    const named = await unlessMissing(() => findNetwork(vsphere, datacenter, me.names[name]));
    if (!named) continue;
    const isOne = named.kind === "DistributedVirtualPortgroup";
    const state = isOne ? await readPortGroup(vsphere, named.ref) : undefined;
    if (state && isMarkedBy(state.description, me)) return { kind: "distributed", ...state };
    // One that went between the two reads isn't anybody's.
    if (state || !isOne) taken.add(name);
  }
  return undefined;
}

/** What was ours, with our id on it, and is marked as another installation's by now. */
function takenOver(
  kind: string,
  name: string,
  text: string | undefined,
  me: HostIdentity,
): Problem | undefined {
  const marker = parseHostMarker(text);
  if (marker?.id !== me.id || marker.installation === me.installation) return undefined;
  return {
    reason: REASONS.NameClash,
    message: `The ${kind} "${name}" in vSphere belongs to VirtualContainerHost ${marker.host} of installation ${marker.installation}: if that is gone, take over what it left by spec.adopt.installation; else give this VirtualContainerHost another name.`,
  };
}
