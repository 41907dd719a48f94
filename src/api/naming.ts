// Names of objects in vSphere and places on datastores (docs/identity.md).

/** vSphere's own limit on the names of inventory objects, in characters. */
const MAX_NAME = 80;

/** A name as vSphere stores it: `%`, `/` and `\` percent-encoded. */
export const encodeInventoryName = (name: string): string =>
  name.replaceAll("%", "%25").replaceAll("/", "%2f").replaceAll("\\", "%5c");

/** The name of a VirtualContainerHost's vApp and of its inventory folder. */
export const hostInventoryName = (namespace: string, name: string): string =>
  cut(`${namespace}.${name}`, "");

/**
 * The name of its vApp, folder or pool where another thing has {@link hostInventoryName}, as another installation's host
 * of the same name may; and of its pool where nothing else can mark that as ours: nobody gives it by chance.
 */
export const ownInventoryName = (namespace: string, name: string, hostId: string): string =>
  cut(`${namespace}.${name}`, `-${idPrefix(hostId)}`);

/** The name under which a VirtualContainerHost's folder or pool stands until it is marked as ours. */
export const unmarkedName = (hostId: string): string => `vic-${hostId}`;

/** The name of the bridge port group that a VirtualContainerHost makes. */
export const bridgePortGroupName = (namespace: string, name: string): string =>
  cut(`${namespace}.${name}`, "-bridge");

/** Its name where another thing has {@link bridgePortGroupName}, and on standard switches, where nothing else can mark it as ours. */
export const ownPortGroupName = (namespace: string, name: string, hostId: string): string =>
  cut(`${namespace}.${name}`, `-bridge-${idPrefix(hostId)}`);

const idPrefix = (hostId: string): string => hostId.replaceAll("-", "").slice(0, 12);

/** The name of a container's VM: the resource's name, cut where needed, and the first 12 digits of the id. */
export const containerVmName = (name: string, id: string): string =>
  cut(name, `-${id.slice(0, 12)}`);

/** The name of a VirtualContainerHost's worker VM. */
export const workerVmName = (namespace: string, name: string): string =>
  cut(`${namespace}.${name}`, "-worker");

/** The name of a VirtualContainerHost's so-many-th keeper VM, from 1. */
export const keeperVmName = (namespace: string, name: string, number: number): string =>
  cut(`${namespace}.${name}`, number === 1 ? "-keeper" : `-keeper-${number}`);

const cut = (stem: string, suffix: string): string =>
  encodeInventoryName(stem).slice(0, MAX_NAME - suffix.length) + suffix;

/** The name of the Secret that holds the key of the links to a VirtualContainerHost's agents. */
export const linkSecretName = (hostName: string): string => `${hostName}-link`;

/** A path in a datastore, taken apart. `path` has no slash at either end; empty is the datastore's root. */
export interface DatastorePath {
  readonly datastore: string;
  readonly path: string;
}

/** The spelling of vSphere: `[datastore] path`. */
export const formatDatastorePath = ({ datastore, path }: DatastorePath): string =>
  path === "" ? `[${datastore}]` : `[${datastore}] ${path}`;

/** The inverse of {@link formatDatastorePath}; undefined for anything else. */
export function parseDatastorePath(text: string): DatastorePath | undefined {
  const match = /^\[([^\]]+)\]\s*(.*)$/.exec(text);
  return match ? { datastore: match[1]!, path: normalizePath(match[2]!) } : undefined;
}

/** A path without empty segments and without slashes at its ends. */
export const normalizePath = (path: string): string =>
  path
    .split("/")
    .filter((part) => part !== "")
    .join("/");

const at = (datastore: string, ...parts: string[]): string =>
  formatDatastorePath({ datastore, path: normalizePath(parts.join("/")) });

/** Name of the file that says whose a directory on a datastore is. */
export const OWNER_FILE = "vic-owner.json";

/** The directory that a VirtualContainerHost claims for its images. */
export const imageStoreRoot = (store: DatastorePath): DatastorePath => ({
  datastore: store.datastore,
  path: normalizePath(`${store.path}/VIC`),
});

/** The places of one VirtualContainerHost in its image store. */
export interface HostPaths {
  readonly datastore: string;
  readonly root: string;
  readonly ownerFile: string;
  /** Everything of this host's under the root. */
  readonly own: string;
  readonly isoDirectory: string;
  readonly images: string;
}

/** The places of a host in its image store, as `[datastore] path`. */
export function hostPaths(store: DatastorePath, hostId: string): HostPaths {
  const { datastore, path } = imageStoreRoot(store);
  return {
    datastore,
    root: at(datastore, path),
    ownerFile: at(datastore, path, OWNER_FILE),
    own: at(datastore, path, hostId),
    isoDirectory: at(datastore, path, hostId, "iso"),
    images: at(datastore, path, hostId, "images"),
  };
}

/** Where a guest ISO lies whose content has this SHA-256 (hex). */
export const isoPath = (store: DatastorePath, hostId: string, sha256: string): string =>
  `${hostPaths(store, hostId).isoDirectory}/${sha256.slice(0, 16)}.iso`;

/** The places of one disk of an image. */
export interface ImageDiskPaths {
  readonly directory: string;
  readonly disk: string;
  /** Written last: a disk with it is whole, one without is a build that didn't end. */
  readonly manifest: string;
  /** The disk's child that a keeper VM holds, and its own directory: a disk goes whole with that. */
  readonly kept: string;
  readonly keptDirectory: string;
}

/** The places of the disk that a chain id names, as `[datastore] path`. */
export function imageDiskPaths(
  store: DatastorePath,
  hostId: string,
  chainId: string,
): ImageDiskPaths {
  const directory = `${hostPaths(store, hostId).images}/${chainId}`;
  return {
    directory,
    disk: `${directory}/${chainId}.vmdk`,
    manifest: `${directory}/manifest`,
    kept: `${directory}/kept/${chainId}.vmdk`,
    keptDirectory: `${directory}/kept`,
  };
}

/** The places of one VM of ours, a container's or a worker's. */
export interface VmPaths {
  readonly directory: string;
  readonly config: string;
  readonly disk: string;
  readonly log: string;
}

/** The places of a VM whose directory and files have its id for a name, as `[datastore] path`. */
export function vmPaths(datastore: string, id: string): VmPaths {
  const directory = at(datastore, id);
  return {
    directory,
    config: `${directory}/${id}.vmx`,
    disk: `${directory}/${id}.vmdk`,
    log: `${directory}/${id}.log`,
  };
}
