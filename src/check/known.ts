import type { ContainerVM } from "../api/containervm.gen.ts";
import { idOfContainer, idOfHost, idOfStore, keeperId, workerId } from "../api/identity.ts";
import type { VmMarker } from "../api/markers.ts";
import type { ObjectMeta } from "../api/object-meta.ts";
import type { VirtualContainerHost } from "../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../api/volumestore.gen.ts";
import { serverKeyOf } from "../controllers/servers/server-key.ts";
import type { Observed, Site } from "./observed.ts";

interface Resource {
  readonly metadata: ObjectMeta;
}

/** What was there before vSphere was read, or after: whatever it has isn't leaked. The newer of each. */
export const ever = <T extends Resource>(before: readonly T[], after: readonly T[]): T[] => [
  ...new Map([...before, ...after].map((each) => [each.metadata.uid, each])).values(),
];

/** What was there all the time: whatever it hasn't is missing. As it was after. */
export function always<T extends Resource>(before: readonly T[], after: readonly T[]): T[] {
  const uids = new Set(before.map(({ metadata }) => metadata.uid));
  return after.filter(({ metadata }) => uids.has(metadata.uid));
}

/** Resources by what vSphere knows them by. */
export interface Known {
  readonly hosts: ReadonlyMap<string, VirtualContainerHost>;
  readonly stores: ReadonlyMap<string, VolumeStore>;
  readonly containers: ReadonlyMap<string, ContainerVM>;
  /** Ids of the VMs that hosts make for themselves: workers and keepers. */
  readonly own: ReadonlySet<string>;
  /** By host: every disk that an image of its has ever named, by chain id. */
  readonly disks: ReadonlyMap<string, ReadonlySet<string>>;
  /** By host: disks that an image had on a worker, by chain id. */
  readonly attached: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a VM's marker says that it is ours: of this installation, or of a host that this installation took over. */
  isOurs(marker: VmMarker): boolean;
}

/** Keepers that a host may have, each for dozens of images. */
const MAX_KEEPERS = 20;

const ownIds = (hostId: string): string[] => [
  workerId(hostId),
  ...Array.from({ length: MAX_KEEPERS }, (_, index) => keeperId(hostId, index + 1)),
];

/** Sorts the resources by what vSphere knows them by. */
export function knownOf({ installation, before, after }: Observed): Known {
  const hostList = ever(before.hosts, after.hosts);
  const hosts = new Map(hostList.map((host) => [idOfHost(host), host]));
  const byName = new Map(
    hostList.map((host) => [`${host.metadata.namespace}/${host.metadata.name}`, idOfHost(host)]),
  );
  const disks = new Map<string, Set<string>>();
  const attached = new Map<string, Set<string>>();
  const add = (to: Map<string, Set<string>>, host: string, chain: string): void => {
    to.set(host, (to.get(host) ?? new Set()).add(chain));
  };
  // What an image said before counts as well: a disk may have left its status since.
  for (const { metadata, spec, status } of [...before.images, ...after.images]) {
    const host = byName.get(`${metadata.namespace}/${spec.hostRef.name}`);
    for (const disk of host === undefined ? [] : (status?.disks ?? [])) {
      add(disks, host!, disk.chainId);
      if (disk.attached) add(attached, host!, disk.chainId);
    }
  }
  return {
    hosts,
    stores: new Map(ever(before.stores, after.stores).map((store) => [idOfStore(store), store])),
    containers: new Map(
      [...before.containers, ...after.containers].map((each) => [idOfContainer(each), each]),
    ),
    own: new Set([...hosts.keys()].flatMap(ownIds)),
    disks,
    attached,
    isOurs: (marker) => marker.installation === installation || hosts.has(marker.hostId),
  };
}

/** The site on which a host stands; undefined where it couldn't be looked at. */
export const siteOf = (
  { sites }: Observed,
  host: Pick<VirtualContainerHost, "spec" | "metadata">,
): Site | undefined => sites.find(({ servers }) => servers.includes(serverKeyOf(host)));
