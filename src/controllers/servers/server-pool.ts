import {
  type Capabilities,
  type Datacenter,
  type MoRef,
  morefKey,
  type VmChange,
  type VSphere,
} from "../../vsphere/index.ts";

/** A vSphere server that is connected, with what every reconcile needs of it. */
export interface PooledServer {
  /** `namespace/name` of its VSphereServer. */
  readonly key: string;
  readonly vsphere: VSphere;
  /** How its spec names the datacenter. */
  readonly wanted: string | undefined;
  readonly datacenter: Datacenter;
  readonly capabilities: Capabilities;
}

/** What keys that wait for a server are parked on. */
export const serverTopic = (key: string): string => `server:${key}`;

/**
 * The connections to vSphere of a process, by VSphereServer. Only that kind's controller fills it;
 * the others look a server up, or wait for it.
 */
export class ServerPool {
  readonly #servers = new Map<string, PooledServer>();
  readonly #listeners = new Set<(key: string) => void>();
  readonly #vmListeners = new Set<(server: PooledServer, change: VmChange) => void>();
  readonly #heard = new WeakSet<VSphere>();
  readonly #hostNames = new WeakMap<VSphere, Map<string, string>>();

  /** The server, while it is connected. */
  get(key: string): PooledServer | undefined {
    const server = this.#servers.get(key);
    return server?.vsphere.state.connected ? server : undefined;
  }

  /** All servers, connected or not. */
  all(): PooledServer[] {
    return [...this.#servers.values()];
  }

  put(server: PooledServer): void {
    this.#servers.set(server.key, server);
    // One that was taken out and comes back is heard already.
    if (!this.#heard.has(server.vsphere)) {
      this.#heard.add(server.vsphere);
      server.vsphere.inventory.onVmChange((change) => {
        const current = this.#servers.get(server.key);
        if (current?.vsphere !== server.vsphere) return;
        for (const listener of this.#vmListeners) listener(current, change);
      });
    }
    this.changed(server.key);
  }

  remove(key: string): void {
    if (this.#servers.delete(key)) this.changed(key);
  }

  /** Tells everybody that a server came, went, or changed its state. */
  changed(key: string): void {
    for (const listener of this.#listeners) listener(key);
  }

  onChange(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called for every change of a watched VM, of any server. */
  onVm(listener: (server: PooledServer, change: VmChange) => void): () => void {
    this.#vmListeners.add(listener);
    return () => this.#vmListeners.delete(listener);
  }

  /**
   * The name of an ESXi host, followed by one watch for each host of a server, so that it costs
   * no call per VM. Undefined until it is known; then the listeners hear of a change.
   */
  hostName({ vsphere }: PooledServer, host: MoRef): string | undefined {
    // Of this connection: another one may be to another server, whose hosts have the same references.
    const names = this.#hostNames.get(vsphere) ?? new Map<string, string>();
    this.#hostNames.set(vsphere, names);
    const key = morefKey(host);
    if (!names.has(key)) {
      names.set(key, "");
      const watch = vsphere.inventory.watchObject(host, ["name"], ({ props }) => {
        const { name } = props;
        names.set(key, typeof name === "string" ? name : "");
      });
      watch.synced.catch(() => names.delete(key));
    }
    return names.get(key) || undefined;
  }
}
