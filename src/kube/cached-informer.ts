import type { Logger } from "pino";
import type { KubeClient } from "./client.ts";
import type { Informer, InformerHandler, InformerOptions } from "./informer.ts";
import type { Kind } from "./kind.ts";
import { keyOf, type KubeObject, type ObjectKey } from "./object.ts";
import { Reflector, type ReflectorSink } from "./reflector.ts";
import { isAtLeast } from "./resource-version.ts";
import { WritableStore } from "./store.ts";

export interface CachedInformerOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly kind: Kind<T>;
  readonly selection?: InformerOptions;
  readonly log: Logger;
  readonly initial?: "stream" | "pages";
}

interface Waiter {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
}

/** The {@link Informer} over a reflector. */
export class CachedInformer<T extends KubeObject> implements Informer<T>, ReflectorSink<T> {
  readonly kind: Kind<T>;
  readonly store = new WritableStore<T>();
  readonly #log: Logger;
  readonly #reflector: Reflector<T>;
  readonly #abort = new AbortController();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #waiters = new Set<Waiter>();
  #resourceVersion: string | undefined;
  #running: Promise<void> | undefined;

  constructor(options: CachedInformerOptions<T>) {
    this.kind = options.kind;
    this.#log = options.log;
    this.#reflector = new Reflector({ selection: {}, ...options, sink: this });
  }

  hasSynced(): boolean {
    return this.#resourceVersion !== undefined;
  }

  synced(signal?: AbortSignal): Promise<void> {
    return this.#until(() => this.hasSynced(), signal);
  }

  hasReached(resourceVersion: string): boolean {
    return this.#resourceVersion !== undefined && isAtLeast(this.#resourceVersion, resourceVersion);
  }

  reached(resourceVersion: string, signal?: AbortSignal): Promise<void> {
    return this.#until(() => this.hasReached(resourceVersion), signal);
  }

  addIndex(name: string, values: (object: T) => readonly string[]): void {
    this.store.addIndex(name, values);
  }

  addHandler(handler: InformerHandler<T>): () => void {
    for (const object of this.store.list()) this.#guard(() => handler.add?.(object, true));
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  start(): void {
    this.#running ??= this.#reflector.run(this.#abort.signal);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  replace(objects: ReadonlyMap<ObjectKey, T>, resourceVersion: string): void {
    const initial = !this.hasSynced();
    const { added, updated, deleted } = this.store.replace(objects);
    for (const object of deleted) this.#deliver((handler) => handler.delete?.(object));
    for (const object of added) this.#deliver((handler) => handler.add?.(object, initial));
    for (const [now, old] of updated) this.#deliver((handler) => handler.update?.(now, old));
    this.#advance(resourceVersion);
  }

  event(type: "ADDED" | "MODIFIED" | "DELETED", object: T, resourceVersion: string): void {
    if (type === "DELETED") {
      if (this.store.delete(keyOf(object)) !== undefined) {
        this.#deliver((handler) => handler.delete?.(object));
      }
    } else {
      const old = this.store.set(object);
      if (old === undefined) this.#deliver((handler) => handler.add?.(object, false));
      else this.#deliver((handler) => handler.update?.(object, old));
    }
    this.#advance(resourceVersion);
  }

  bookmark(resourceVersion: string): void {
    this.#advance(resourceVersion);
  }

  #advance(resourceVersion: string): void {
    this.#resourceVersion = resourceVersion;
    for (const waiter of this.#waiters) {
      if (!waiter.isMet()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #until(isMet: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    if (isMet()) return Promise.resolve();
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal!.reason as Error);
      };
      const waiter: Waiter = {
        isMet,
        resolve: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #deliver(call: (handler: InformerHandler<T>) => void): void {
    for (const handler of this.#handlers) this.#guard(() => call(handler));
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error({ kind: this.kind.kind, err: error }, "a handler of the informer failed");
    }
  }
}
