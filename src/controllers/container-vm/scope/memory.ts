import { LRUCache } from "lru-cache";
import type { PowerOn } from "../decisions/late-power.ts";
import { Reservations, type Taken } from "../decisions/networks.ts";
import type { StopInProgress, Served } from "../decisions/power.ts";
import { RestartDelays } from "../decisions/restart-policy.ts";

/**
 * What this process knows of containers beyond status and inventory. All of it may be lost at any
 * moment: it saves calls and writes, and nothing rests on it.
 */
export class Memory {
  /** Polite stops that were asked for. */
  readonly stops = new Map<string, StopInProgress>();
  /** Wishes served that the status doesn't tell of yet. */
  readonly served = new Map<string, Served>();
  /** Power-ons of ours that vSphere may not tell of yet. */
  readonly poweredOn = new Map<string, PowerOn>();
  /** Containers whose power we cut. */
  readonly killed = new Set<string>();
  /** When that was done, milliseconds. */
  readonly cutAt = new Map<string, number>();
  /** Containers whose VM was seen on, which their status may not tell of yet. */
  readonly seenOn = new Set<string>();
  /** VMs created that the inventory may not show yet: when, milliseconds. */
  readonly created = new Map<string, number>();
  /** Containers that the host's quota gave room, of which their status doesn't tell yet. */
  readonly granted = new Set<string>();
  /** Containers that the host's quota had no room for, and the key of their host. */
  readonly refused = new Map<string, string>();
  /** VMs taken away that the inventory may still show. */
  readonly removed = new Set<string>();
  /** Containers whose end was told, and those that were let go of: the cache may still have them. */
  readonly farewells = new Map<string, "told" | "gone">();
  /** Since when a container's status is behind, milliseconds. */
  readonly behindSince = new Map<string, number>();
  /** Since when the end of a run is unknown, milliseconds. */
  readonly endUnknownSince = new Map<string, number>();
  /** Since when a VM whose run is over hasn't powered off, milliseconds. */
  readonly endingSince = new Map<string, number>();
  /** When a container was first told to have no VM any more, milliseconds. */
  readonly goneSince = new Map<string, number>();
  /** Since when a VM is on whose process hasn't started, milliseconds. */
  readonly silentSince = new Map<string, number>();
  /** Since when a container that is to be deleted waits for those who read its output, milliseconds. */
  readonly outputSince = new Map<string, number>();
  /** Since when a container that is to be deleted waits for a VM that may still come, milliseconds. */
  readonly removalSince = new Map<string, number>();
  /** Names that containers were last said to have got: the cache may still have the status of before. */
  readonly toldNames = new Map<string, string>();
  readonly restarts = new RestartDelays();
  /** How often creating failed because its directory was there already. */
  readonly clashes = new Map<string, number>();
  readonly reservations = new Reservations();
  /** What the containers of a host had a moment ago, with what was given out since; by key of the host. */
  readonly taken = new LRUCache<string, Taken>({ max: 1000, ttl: 1000 });

  readonly #uids = new Map<string, string>();

  /** Forgets what was known of another container that had this key: it may have been replaced between two looks. */
  isAbout(key: string, uid: string): void {
    const former = this.#uids.get(key);
    if (former !== undefined && former !== uid) this.forget(key);
    this.#uids.set(key, uid);
  }

  forget(key: string): void {
    for (const map of [
      this.stops,
      this.served,
      this.poweredOn,
      this.cutAt,
      this.created,
      this.refused,
      this.behindSince,
      this.endUnknownSince,
      this.clashes,
      this.endingSince,
      this.silentSince,
      this.goneSince,
      this.outputSince,
      this.removalSince,
      this.farewells,
      this.toldNames,
      this.#uids,
    ])
      map.delete(key);
    for (const set of [this.killed, this.removed, this.granted, this.seenOn]) set.delete(key);
    this.restarts.forget(key);
    this.reservations.forget(key);
  }
}
