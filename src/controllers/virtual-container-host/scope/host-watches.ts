import { type MoRef, morefKey, type VSphere, type Watch } from "../../../vsphere/index.ts";

/** What is watched of one host in vSphere. */
interface Watched {
  readonly vsphere: VSphere;
  readonly refs: string;
  readonly objects: readonly MoRef[];
  readonly vms: Watch | undefined;
  readonly all: readonly Watch[];
}

/** What of each kind of object tells that somebody changed it. Scalars: large properties make a watch slow. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  VirtualApp: [
    "name",
    "config.cpuAllocation",
    "config.memoryAllocation",
    // Another installation may take over.
    "vAppConfig.annotation",
  ],
  ResourcePool: ["name", "config.cpuAllocation", "config.memoryAllocation", "customValue"],
  Folder: ["name"],
  // A standard port group comes and goes host by host.
  Network: ["name", "host"],
  ComputeResource: ["name", "host"],
  ClusterComputeResource: ["name", "host"],
  Datastore: ["name", "summary.accessible"],
  DistributedVirtualPortgroup: ["name", "config.configVersion"],
};

/** The watches of hosts: their VMs, their own objects and those they stand on, whose change or end makes them suspect. */
export class HostWatches {
  readonly #watched = new Map<string, Watched>();
  readonly #suspect: (key: string) => void;

  constructor(suspect: (key: string) => void) {
    this.#suspect = suspect;
  }

  /**
   * Watches exactly these objects of a host, those of before where left out; resolves when the VMs in its vApp, pool or folder are all known.
   */
  async ensure(
    key: string,
    vsphere: VSphere,
    members: MoRef | undefined,
    wanted?: readonly MoRef[],
  ): Promise<void> {
    const before = this.#watched.get(key);
    const kept = before?.vsphere === vsphere ? before.objects : members && [members];
    const objects = wanted ?? kept ?? [];
    const refs = [members, ...objects].map((each) => each && morefKey(each)).join(" ");
    if (before?.vsphere === vsphere && before.refs === refs) return before.vms?.synced;
    const vms = members && vsphere.inventory.watchVms(members);
    const all = objects.map((ref) =>
      vsphere.inventory.watchObject(ref, PATHS[ref.type] ?? ["name"], ({ kind }) => {
        if (kind !== "enter") this.#suspect(key);
      }),
    );
    for (const watch of all) watch.synced.catch(() => this.#suspect(key));
    this.#watched.set(key, { vsphere, refs, objects, vms, all: [...all, ...(vms ? [vms] : [])] });
    await end(before);
    await vms?.synced;
  }

  async close(key: string): Promise<void> {
    const watched = this.#watched.get(key);
    this.#watched.delete(key);
    await end(watched);
  }
}

/** The watches of a connection that is gone are gone with it. */
async function end(watched: Watched | undefined): Promise<void> {
  await Promise.allSettled((watched?.all ?? []).map((watch) => watch.close()));
}
