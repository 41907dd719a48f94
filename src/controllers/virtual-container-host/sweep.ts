import { containerId } from "../../api/identity.ts";
import type { VmMarker } from "../../api/markers.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";

/** Whether the container of a VM still exists as a resource. Pure. */
export function isOrphan(marker: VmMarker, get: (key: string) => ContainerVM | undefined): boolean {
  if (marker.role !== "container" || marker.container === undefined) return false;
  const container = get(marker.container);
  return !container || (container.status?.id ?? containerId(container.metadata.uid)) !== marker.id;
}

/** Orphans are swept only after they have been such for a while: a cache may be behind, a backup being restored. */
export class Orphans {
  readonly #since = new Map<string, number>();

  /**
   * @param seen ids of all VMs that are orphans now
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
