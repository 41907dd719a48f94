import type { Connection } from "../session/connection.ts";
import type { Inventory, ObjectChange, VmChange, VmRecord, Watch } from "../model/inventory.ts";
import type { MoRef } from "../wsdl/moref.ts";
import { ObjectWatch } from "./object-watch.ts";
import { VmCache } from "./vm-cache.ts";
import { VmWatch } from "./vm-watch.ts";
import type { WaitLoop } from "../wait/wait-loop.ts";

/** The inventory over one server's wait. */
export class LiveInventory implements Inventory {
  readonly #connection: Connection;
  readonly #loop: WaitLoop;
  readonly #cache: VmCache;
  readonly #vmWatch: VmWatch;
  readonly #vmListeners = new Set<(change: VmChange) => void>();
  readonly #syncListeners = new Set<() => void>();

  constructor(connection: Connection, loop: WaitLoop, extraConfigKeys: readonly string[]) {
    this.#connection = connection;
    this.#loop = loop;
    this.#cache = new VmCache(extraConfigKeys);
    const sink = {
      begin: () => this.#cache.beginEpoch(),
      apply: (updates: Parameters<VmCache["apply"]>[0]) => this.#tell(this.#cache.apply(updates)),
      synced: (except: readonly MoRef[]) => {
        this.#tell(this.#cache.endEpoch(except));
        this.#announceSync();
      },
      filled: (container: MoRef, present: ReadonlySet<string>) => {
        this.#tell(this.#cache.settle(container, present));
        this.#announceSync();
      },
      lost: () => undefined,
      forget: (container: MoRef) => this.#cache.forget(container),
    };
    this.#vmWatch = new VmWatch(extraConfigKeys, sink, (error) =>
      this.#warn("a container's view failed", error),
    );
    loop.register(this.#vmWatch);
  }

  watchVms(ref: MoRef): Watch {
    const container = this.#vmWatch.add(ref);
    this.#loop.start();
    let closed: Promise<void> | undefined;
    return {
      synced: container.synced.promise,
      get isSynced() {
        return container.isSynced;
      },
      close: () => (closed ??= this.#vmWatch.remove(container)),
    };
  }

  watchObject(
    ref: MoRef,
    paths: readonly string[],
    listener: (change: ObjectChange) => void,
  ): Watch {
    const watch = new ObjectWatch(ref, paths, (change) => this.#safely(() => listener(change)));
    this.#loop
      .add(watch)
      .catch((error: unknown) => this.#warn("the watch of an object was interrupted", error));
    return {
      synced: watch.whenSynced,
      get isSynced() {
        return watch.isSynced;
      },
      close: async () => {
        watch.closed();
        await this.#loop.remove(watch);
      },
    };
  }

  onVmChange(listener: (change: VmChange) => void): () => void {
    this.#vmListeners.add(listener);
    return () => this.#vmListeners.delete(listener);
  }

  onSynced(listener: () => void): () => void {
    this.#syncListeners.add(listener);
    return () => this.#syncListeners.delete(listener);
  }

  vm(ref: MoRef): VmRecord | undefined {
    return this.#cache.get(ref);
  }

  vmByInstanceUuid(uuid: string, container?: MoRef): VmRecord | undefined {
    return this.#cache.getByInstanceUuid(uuid, container);
  }

  vmsByExtraConfig(key: string, value: string, container: MoRef): VmRecord[] {
    return this.#cache.listByExtraConfig(key, value, container);
  }

  vms(container?: MoRef): VmRecord[] {
    return this.#cache.list(container);
  }

  get synced(): boolean {
    return this.#vmWatch.isSynced;
  }

  isSynced(container: MoRef): boolean {
    return this.#vmWatch.isSyncedFor(container);
  }

  whenSynced(signal?: AbortSignal): Promise<void> {
    if (this.synced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stop = this.onSynced(() => {
        signal?.removeEventListener("abort", abort);
        stop();
        resolve();
      });
      const abort = (): void => {
        stop();
        reject(signal!.reason as Error);
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #announceSync(): void {
    if (!this.synced) return;
    for (const listener of this.#syncListeners) this.#safely(listener);
  }

  #tell(changes: readonly VmChange[]): void {
    for (const change of changes)
      for (const listener of this.#vmListeners) this.#safely(() => listener(change));
  }

  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#connection.log({ level: "error", message: "a listener of the inventory threw", error });
    }
  }

  #warn(message: string, error: unknown): void {
    this.#connection.log({ level: "warn", message, error });
  }
}
