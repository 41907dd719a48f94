import type { Logger } from "pino";
import type { ContainerImage } from "../api/containerimage.gen.ts";
import type { ContainerVM } from "../api/containervm.gen.ts";
import { KINDS } from "../api/kinds.ts";
import type { VirtualContainerHost } from "../api/virtualcontainerhost.gen.ts";
import type { ConsoleClient } from "../console/client/console-client.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Informer, Informers } from "../kube/informer.ts";
import { keyOf } from "../kube/object.ts";
import { addContainerIndexes, ContainerCache } from "./containers/lookup/cache.ts";
import type { HostEvents } from "./events/host-events.ts";
import { addImageIndexes, ImageCache } from "./images/image-cache.ts";
import type { Tenant } from "./tenant.ts";

export interface TenantsOptions {
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly console: ConsoleClient;
  readonly log: Logger;
  readonly eventsOf: (tenant: Omit<Tenant, "events">) => HostEvents;
}

/** Hears of hosts that come, change and go. */
export interface TenantWatcher {
  /** Also for each change of the resource. */
  present(tenant: Tenant): void;
  gone(tenant: Tenant): void;
}

interface Entry {
  readonly tenant: Tenant;
  readonly abort: AbortController;
}

/** One {@link Tenant} per VirtualContainerHost, for as long as it exists. */
export class Tenants {
  readonly #options: TenantsOptions;
  readonly #hosts: Informer<VirtualContainerHost>;
  readonly #containers: Informer<ContainerVM>;
  readonly #images: Informer<ContainerImage>;
  readonly #entries = new Map<string, Entry>();
  #detach: (() => void) | undefined;

  constructor(options: TenantsOptions) {
    this.#options = options;
    this.#hosts = options.informers.of(KINDS.VirtualContainerHost);
    this.#containers = options.informers.of(KINDS.ContainerVM);
    this.#images = options.informers.of(KINDS.ContainerImage);
    addContainerIndexes(this.#containers);
    addImageIndexes(this.#images);
  }

  /** Tells of what is there, and from now on of what changes. */
  watch(watcher: TenantWatcher): void {
    this.#detach = this.#hosts.addHandler({
      add: (host) => watcher.present(this.#enter(host).tenant),
      update: (host, old) => {
        if (host.metadata.uid !== old.metadata.uid) this.#leave(old, watcher);
        watcher.present(this.#enter(host).tenant);
      },
      delete: (host) => this.#leave(host, watcher),
    });
  }

  /** Aborts the signals of all. */
  close(): void {
    this.#detach?.();
    for (const { abort } of this.#entries.values()) abort.abort(new Error("the gateway stops"));
    this.#entries.clear();
  }

  #leave(host: VirtualContainerHost, watcher: TenantWatcher): void {
    const key = keyOf(host);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    entry.abort.abort(new Error(`VirtualContainerHost ${key} is gone`));
    watcher.gone(entry.tenant);
  }

  #enter(host: VirtualContainerHost): Entry {
    const key = keyOf(host);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const abort = new AbortController();
    const { client, console, informers, log, eventsOf } = this.#options;
    const base = {
      namespace: host.metadata.namespace,
      name: host.metadata.name,
      key,
      host: () => this.#hosts.store.get(key) ?? host,
      client,
      console,
      containers: new ContainerCache(this.#containers, key),
      images: new ImageCache(this.#images, key),
      imageInformer: this.#images,
      containerInformer: this.#containers,
      informers,
      log: log.child({ host: key }),
      signal: abort.signal,
    };
    const entry = { tenant: { ...base, events: eventsOf(base) }, abort };
    this.#entries.set(key, entry);
    return entry;
  }
}
