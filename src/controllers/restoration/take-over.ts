import {
  type HostMarker,
  OWNER_ATTRIBUTE,
  type OwnerFile,
  formatOwnerFile,
  parseHostMarker,
  parseOwnerFile,
  replaceHostMarker,
} from "../../api/markers.ts";
import { type DatastorePath, OWNER_FILE } from "../../api/naming.ts";
import {
  annotateVApp,
  defineAttribute,
  type FileLocation,
  listFolder,
  listPools,
  listVApps,
  type MoRef,
  readPortGroup,
  readTextFile,
  reconfigurePortGroup,
  setAttribute,
  surveyPortGroups,
  uploadFile,
} from "../../vsphere/index.ts";
import { realPlace } from "../directories/real-path.ts";
import type { PooledServer } from "../servers/server-pool.ts";

// Takes over what a former installation left (docs/decisions/0017-taking-over.md). Every part is harmless to repeat, and goes on after a kill: the
// owner file is rewritten last.

/** Who takes over, from whom, and where. */
export interface Heir {
  /** `namespace/name` of the VirtualContainerHost. */
  readonly key: string;
  readonly installation: string;
  /** The installation that was. */
  readonly former: string;
  /** The directory that the host claims. */
  readonly root: DatastorePath;
  /** In which its vApp stands; undefined: there is no such pool. */
  readonly pool: MoRef | undefined;
}

/** The id under which a host stands in vSphere that the former installation left; undefined: nothing is left to be taken over. */
export async function findLeftHost(server: PooledServer, heir: Heir): Promise<string | undefined> {
  const text = await readTextFile(server.vsphere, await ownerFile(server, heir.root));
  const owner = parseOwnerFile(text ?? "");
  const isOwner =
    owner?.installation === heir.former &&
    owner.kind === "VirtualContainerHost" &&
    `${owner.namespace}/${owner.name}` === heir.key;
  if (isOwner) return owner.id;
  const vApps = heir.pool ? await listVApps(server.vsphere, heir.pool) : [];
  return vApps
    .map(({ annotation }) => parseHostMarker(annotation))
    .find((marker) => marker?.installation === heir.former && marker.host === heir.key)?.id;
}

/**
 * Rewrites the markers of a host with this id, from the former installation's to ours. The vApp comes first: where an operator of the former one still
 * runs, it sees that and lets go.
 *
 * @param marker the line of ours
 */
export async function takeOverHost(
  server: PooledServer,
  heir: Heir,
  id: string,
  marker: string,
  owner: OwnerFile,
): Promise<void> {
  const { vsphere, datacenter } = server;
  const isFormer = (text: string | undefined): boolean => {
    const found: HostMarker | undefined = parseHostMarker(text);
    return found?.installation === heir.former && found.id === id;
  };
  for (const { ref, annotation } of heir.pool ? await listVApps(vsphere, heir.pool) : [])
    if (isFormer(annotation))
      await annotateVApp(vsphere, ref, replaceHostMarker(annotation, marker));
  const pools = heir.pool ? await listPools(vsphere, heir.pool, OWNER_ATTRIBUTE) : [];
  const folders = await listFolder(vsphere, datacenter.vmFolder, OWNER_ATTRIBUTE);
  // A bare ESXi host has no attributes: there the names hold the id, and nothing else is to be rewritten.
  for (const { ref, value } of [...pools, ...folders])
    if (isFormer(value))
      await setAttribute(vsphere, ref, await defineAttribute(vsphere, OWNER_ATTRIBUTE), marker);
  for (const { ref, text } of await surveyPortGroups(vsphere, datacenter)) {
    const group = isFormer(text) ? await readPortGroup(vsphere, ref) : undefined;
    if (!group) continue;
    const { configVersion } = group;
    const description = replaceHostMarker(text, marker);
    await vsphere.tasks.run(reconfigurePortGroup(vsphere, ref, { configVersion, description }));
  }
  await takeOverDirectory(server, heir.root, owner, heir.former);
}

/** Makes a directory ours that the former installation claimed for a resource of the same kind, namespace and name. */
export async function takeOverDirectory(
  server: PooledServer,
  directory: DatastorePath,
  me: OwnerFile,
  former: string,
): Promise<void> {
  const file = await ownerFile(server, directory);
  const owner = parseOwnerFile((await readTextFile(server.vsphere, file)) ?? "");
  const isOurs = owner?.installation === me.installation && owner.id === me.id;
  const isLeft =
    owner?.installation === former &&
    owner.kind === me.kind &&
    owner.namespace === me.namespace &&
    owner.name === me.name;
  if (!isLeft || isOurs) return;
  const { made = [] } = owner;
  await uploadFile(server.vsphere, file, formatOwnerFile({ ...me, made }));
}

const ownerFile = async (
  server: PooledServer,
  { datastore, path }: DatastorePath,
): Promise<FileLocation> => ({
  datacenter: server.datacenter.path,
  ...(await realPlace(server, {
    datastore,
    path: path === "" ? OWNER_FILE : `${path}/${OWNER_FILE}`,
  })),
});
