import type { ContainerVM } from "../../../api/containervm.gen.ts";
import type { Informer } from "../../../kube/informer.ts";
import { isAtLeast } from "../../../kube/resource-version.ts";
import { DockerError } from "../../errors.ts";

/** A container as it is now, or as it was last before it went. */
export interface Sight {
  readonly container: ContainerVM;
  /** Its resource is gone, all finalizers included. */
  readonly gone: boolean;
}

/** Decides on a sight: undefined means to wait for the next. */
export type Judge<T> = (sight: Sight) => T | undefined;

interface Waiter {
  readonly see: (sight: Sight) => void;
}

const watched = new WeakMap<Informer<ContainerVM>, Map<string, Set<Waiter>>>();

/** One handler for all waiters of an informer, so that a thousand idle ones cost nothing. */
function waitersOf(informer: Informer<ContainerVM>): Map<string, Set<Waiter>> {
  const known = watched.get(informer);
  if (known !== undefined) return known;
  const waiters = new Map<string, Set<Waiter>>();
  watched.set(informer, waiters);
  const tell = (container: ContainerVM, gone: boolean): void => {
    for (const waiter of waiters.get(container.metadata.uid) ?? []) waiter.see({ container, gone });
  };
  informer.addHandler({
    add: (container) => tell(container, false),
    update(container, old) {
      // The same name in another life: the first one is gone.
      if (old.metadata.uid !== container.metadata.uid) tell(old, true);
      tell(container, false);
    },
    delete: (container) => tell(container, true),
  });
  return waiters;
}

/**
 * Waits until `judge` returns something for the container, beginning with how it is now. Which run of its life is meant is the judge's to remember.
 *
 * @param container as the caller knows it; newer than the cache where the caller has just written it
 * @param signal ends the wait; its reason is thrown
 * @throws what `judge` throws
 */
export function waitFor<T>(
  informer: Informer<ContainerVM>,
  container: ContainerVM,
  judge: Judge<T>,
  signal: AbortSignal,
): Promise<T> {
  const { uid, namespace, name } = container.metadata;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const waiters = waitersOf(informer);
    const settle = (finish: () => void): void => {
      const mine = waiters.get(uid);
      mine?.delete(waiter);
      if (mine?.size === 0) waiters.delete(uid);
      signal.removeEventListener("abort", abort);
      finish();
    };
    const abort = (): void => settle(() => reject(signal.reason as Error));
    const waiter: Waiter = {
      see(sight) {
        try {
          const verdict = judge(sight);
          if (verdict !== undefined) settle(() => resolve(verdict));
        } catch (error) {
          settle(() => reject(error));
        }
      },
    };
    let set = waiters.get(uid);
    if (set === undefined) waiters.set(uid, (set = new Set()));
    set.add(waiter);
    signal.addEventListener("abort", abort, { once: true });
    const cached = informer.store.get(`${namespace}/${name}`);
    const known = cached?.metadata.uid === uid;
    const version = container.metadata.resourceVersion;
    const newer = known && isAtLeast(cached.metadata.resourceVersion, version);
    // What the caller wrote and the cache hasn't seen yet isn't gone.
    const gone = !known && informer.hasReached(version);
    waiter.see({ container: newer ? cached : container, gone });
  });
}

/** The container as the cache has it once it holds what was written; read-your-writes of this gateway. */
export async function settled(
  informer: Informer<ContainerVM>,
  written: ContainerVM,
  signal: AbortSignal,
): Promise<void> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(settleMs)]);
  try {
    await informer.reached(written.metadata.resourceVersion, patience);
  } catch (error) {
    signal.throwIfAborted();
    throw new DockerError(
      503,
      "it was stored, but the Kubernetes API server doesn't tell of it",
      error,
    );
  }
}

const settleMs = 10_000;
