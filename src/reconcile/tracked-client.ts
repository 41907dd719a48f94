import type { KubeClient } from "../kube/client.ts";
import type { Informer, Informers } from "../kube/informer.ts";
import type { Kind } from "../kube/kind.ts";
import type { KubeObject } from "../kube/object.ts";
import { isAtLeast } from "../kube/resource-version.ts";

/**
 * Remembers what one reconcile wrote, so that its key runs again only when the caches show it: a reconcile that doesn't
 * see its own writes makes things twice.
 */
export class Writes {
  readonly #informers: Informers;
  readonly #versions = new Map<Informer<KubeObject>, string>();

  constructor(informers: Informers) {
    this.#informers = informers;
  }

  add(kind: Kind<KubeObject>, written: KubeObject): void {
    const informer = this.#informers.find(kind);
    const version = written.metadata?.resourceVersion;
    if (informer === undefined || version === undefined || informer.hasReached(version)) return;
    // Of writes that went out together the newest may be answered first.
    const known = this.#versions.get(informer);
    if (known !== undefined && isAtLeast(known, version)) return;
    this.#versions.set(informer, version);
  }

  get pending(): boolean {
    return this.#versions.size > 0;
  }

  /** Resolves when all caches show all writes; rejects when the signal aborts. */
  async seen(signal: AbortSignal): Promise<void> {
    await Promise.all(
      [...this.#versions].map(([informer, version]) => informer.reached(version, signal)),
    );
  }
}

/** Begins a write when it is its turn. */
export type WriteTurn = <T>(write: () => Promise<T>) => Promise<T>;

/** A client whose writes take turns and are remembered, and whose calls end with the reconcile's signal. */
export function trackedClient(
  client: KubeClient,
  writes: Writes,
  turn: WriteTurn,
  signal: AbortSignal,
): KubeClient {
  const remember = async <T extends KubeObject>(
    kind: Kind<T>,
    write: () => Promise<T>,
  ): Promise<T> => {
    const written = await turn(write);
    writes.add(kind, written);
    return written;
  };
  return {
    server: client.server,
    get: (kind, ref, options) => client.get(kind, ref, { signal, ...options }),
    list: (kind, options) => client.list(kind, { signal, ...options }),
    create: (kind, object, options) =>
      remember(kind, () => client.create(kind, object, { signal, ...options })),
    delete: (kind, ref, options) => turn(() => client.delete(kind, ref, { signal, ...options })),
    apply: (kind, object, options) =>
      remember(kind, () => client.apply(kind, object, { signal, ...options })),
    applyStatus: (kind, object, options) =>
      remember(kind, () => client.applyStatus(kind, object, { signal, ...options })),
    patch: (kind, ref, patch, options) =>
      remember(kind, () => client.patch(kind, ref, patch, { signal, ...options })),
    watch: (kind, options) => client.watch(kind, { signal, ...options }),
    raw: (method, path, options) => client.raw(method, path, { signal, ...options }),
    close: () => Promise.resolve(),
  };
}
