import type { MoRef, NetworkInfo } from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";

/** What containers and images of a VirtualContainerHost need of it, all looked up: so that making a container asks nothing. */
export interface ReadyHost {
  /** `namespace/name`. */
  readonly key: string;
  /** `status.id`. */
  readonly id: string;
  readonly server: PooledServer;
  readonly vApp: MoRef;
  readonly bridge: NetworkInfo;
  readonly management: NetworkInfo;
  /** The image store, with a normalized path. */
  readonly store: { readonly datastore: string; readonly path: string };
  readonly isoPath: string;
}

/** What keys that wait for a VirtualContainerHost are parked on. */
export const hostTopic = (key: string): string => `host:${key}`;

/**
 * The VirtualContainerHosts that are in order, as this process last saw them. Only their own
 * controller fills it; those of containers and images look up, or wait.
 */
export class HostRegistry {
  readonly #hosts = new Map<string, ReadyHost>();
  readonly #listeners = new Set<(key: string) => void>();
  readonly #suspicions = new Set<(key: string) => void>();

  get(key: string): ReadyHost | undefined {
    return this.#hosts.get(key);
  }

  all(): ReadyHost[] {
    return [...this.#hosts.values()];
  }

  put(host: ReadyHost): void {
    this.#hosts.set(host.key, host);
    for (const listener of this.#listeners) listener(host.key);
  }

  remove(key: string): void {
    this.#hosts.delete(key);
  }

  /** Called with the key of a host that became ready, or is ready in another way than before. */
  onReady(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says that something of a host seems to be missing in vSphere, so that its controller looks. */
  suspect(key: string): void {
    for (const listener of this.#suspicions) listener(key);
  }

  onSuspect(listener: (key: string) => void): () => void {
    this.#suspicions.add(listener);
    return () => this.#suspicions.delete(listener);
  }
}
