import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { EXTRA_CONFIG, type VmMarker } from "../../api/markers.ts";
import { ANNOTATIONS } from "../../api/metadata.ts";
import { keyOf } from "../../kube/object.ts";
import type { VmRecord } from "../../vsphere/index.ts";
import { markerOfOurs } from "../virtual-machines/ours.ts";

// VMs of ours without a ContainerVM: a backup didn't know them, or git. Pure.

/** Which VMs the containers of a host have, or are about to find. */
export interface Taken {
  readonly ids: ReadonlySet<string>;
  /** `namespace/name` of containers that have yet to look for a VM of their name. */
  readonly keys: ReadonlySet<string>;
}

/** @param ofHost all ContainerVMs of a host */
export function takenBy(ofHost: readonly ContainerVM[]): Taken {
  const ids = new Set<string>();
  const keys = new Set<string>();
  for (const container of ofHost) {
    const { metadata, status } = container;
    ids.add(idOfContainer(container));
    if (status?.id !== undefined || metadata.deletionTimestamp !== undefined) continue;
    const named = metadata.annotations?.[ANNOTATIONS.adopt];
    if (named === undefined) keys.add(keyOf(container));
    else ids.add(named);
  }
  return { ids, keys };
}

/** Whether nobody has a VM, by its marker. */
export const isLeft = ({ role, container, id }: VmMarker, { ids, keys }: Taken): boolean =>
  role === "container" && container !== undefined && !ids.has(id) && !keys.has(container);

/** The VMs of a host that nobody has. Those that somebody has cost next to nothing. */
export function leftMachines(
  vms: readonly VmRecord[],
  hostId: string,
  taken: Taken,
): { readonly vm: VmRecord; readonly marker: VmMarker }[] {
  return vms.flatMap((vm) => {
    const id = vm.extraConfig[EXTRA_CONFIG.containerId];
    if (id === undefined || taken.ids.has(id)) return [];
    const marker = markerOfOurs(vm, hostId);
    return marker && isLeft(marker, taken) ? [{ vm, marker }] : [];
  });
}

/** Whether a container that has no VM yet may be the one that a VM was made for. */
export const mayAdopt = (container: ContainerVM, marker: VmMarker): boolean =>
  container.status?.id === undefined &&
  container.metadata.deletionTimestamp === undefined &&
  marker.role === "container" &&
  (container.metadata.annotations?.[ANNOTATIONS.adopt] === marker.id ||
    (container.metadata.annotations?.[ANNOTATIONS.adopt] === undefined &&
      marker.container === keyOf(container)));

/** What is left is taken up only after it has been so for a while: a cache may be behind, manifests may still be on their way. */
export class LeftSince {
  readonly #since = new Map<string, number>();

  /**
   * @param seen ids of all VMs that are left now
   * @returns those that have been for the whole grace time, and how long the next of the others has left
   */
  ripe(
    host: string,
    seen: readonly string[],
    nowMs: number,
    graceMs: number,
  ): { readonly ids: string[]; readonly nextMs: number | undefined } {
    const keys = new Set(seen.map((id) => `${host} ${id}`));
    for (const key of this.#since.keys())
      if (key.startsWith(`${host} `) && !keys.has(key)) this.#since.delete(key);
    const ages = seen.map((id) => {
      const key = `${host} ${id}`;
      const since = this.#since.get(key) ?? nowMs;
      this.#since.set(key, since);
      return { id, leftMs: since + graceMs - nowMs };
    });
    const left = ages.map(({ leftMs }) => leftMs).filter((ms) => ms > 0);
    return {
      ids: ages.filter(({ leftMs }) => leftMs <= 0).map(({ id }) => id),
      nextMs: left.length > 0 ? Math.min(...left) : undefined,
    };
  }
}
