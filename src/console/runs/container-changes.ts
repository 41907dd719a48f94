import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { Informer } from "../../kube/informer.ts";
import { keyOf } from "../../kube/object.ts";

/** As much of an informer as is needed. */
export interface ContainerSource extends Pick<Informer<ContainerVM>, "addHandler"> {
  readonly store: Pick<Informer<ContainerVM>["store"], "get">;
}

/** What becomes of containers, for those who wait for it: one handler on the informer, however many wait. */
export class ContainerChanges {
  readonly #informer: ContainerSource;
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(informer: ContainerSource) {
    this.#informer = informer;
    const tell = ({ metadata }: ContainerVM): void => {
      for (const listener of this.#listeners.get(metadata.uid ?? "") ?? []) listener();
    };
    informer.addHandler({ add: tell, update: tell, delete: tell });
  }

  /** The container as it is now; undefined once it is gone. */
  now(container: ContainerVM): ContainerVM | undefined {
    const current = this.#informer.store.get(keyOf(container));
    return current?.metadata.uid === container.metadata.uid ? current : undefined;
  }

  /** Resolves once something holds of the container (undefined: it is gone), at once where it does already; rejects when the signal aborts. */
  until(
    container: ContainerVM,
    holds: (now: ContainerVM | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        unsubscribe();
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        stop();
        reject(signal.reason as Error);
      };
      const look = (): void => {
        if (!holds(this.now(container))) return;
        stop();
        resolve();
      };
      const unsubscribe = this.#listen(container.metadata.uid ?? "", look);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      else look();
    });
  }

  #listen(uid: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(uid) ?? new Set();
    this.#listeners.set(uid, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(uid) === listeners)
        this.#listeners.delete(uid);
    };
  }
}
