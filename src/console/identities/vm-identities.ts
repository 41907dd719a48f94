import type { ContainerVM } from "../../api/containervm.gen.ts";
import { instanceUuid, idOfContainer } from "../../api/identity.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { Informer } from "../../kube/informer.ts";
import { keyOf, refKey } from "../../kube/object.ts";

const BY_HOST = "host";

/**
 * Which container a VM is, by its instance UUID. UUIDs are computed, as docs/identity.md has it, not read from status: so they are
 * known before anybody has seen the VM, and nobody can write another's.
 */
export class VmIdentities {
  readonly #ids = new Map<string, string>();
  readonly #uuids = new Map<string, string>();
  readonly #hosts: Informer<VirtualContainerHost>;
  readonly #waiting = new Set<() => void>();

  constructor(hosts: Informer<VirtualContainerHost>, containers: Informer<ContainerVM>) {
    this.#hosts = hosts;
    containers.addIndex(BY_HOST, (container) => [hostKey(container)]);
    containers.addHandler({
      add: (container) => this.#learn(container),
      update: (container) => this.#learn(container),
      delete: (container) => this.#forget(container),
    });
    const learnAll = (host: VirtualContainerHost) => {
      for (const container of containers.store.byIndex(BY_HOST, keyOf(host)))
        this.#learn(container);
    };
    hosts.addHandler({
      add: learnAll,
      update: (host, old) => host.status?.id !== old.status?.id && learnAll(host),
    });
  }

  /** The id of the container whose VM has this instance UUID. */
  containerId(uuid: string): string | undefined {
    return this.#ids.get(uuid);
  }

  /** Waits until it is known which container this is; rejects when the signal aborts. */
  known(uuid: string, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#waiting.delete(look);
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        done();
        reject(new Error(`no container's VM has the UUID ${uuid}`, { cause: signal.reason }));
      };
      const look = () => {
        const id = this.containerId(uuid);
        if (id === undefined) return;
        done();
        resolve(id);
      };
      this.#waiting.add(look);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      else look();
    });
  }

  #learn(container: ContainerVM): void {
    const hostId = this.#hosts.store.get(hostKey(container))?.status?.id;
    if (hostId === undefined) return;
    const uuid = instanceUuid(hostId, idOfContainer(container));
    if (this.#uuids.get(keyOf(container)) === uuid) return;
    this.#forget(container);
    this.#uuids.set(keyOf(container), uuid);
    this.#ids.set(uuid, idOfContainer(container));
    for (const look of this.#waiting) look();
  }

  #forget(container: ContainerVM): void {
    const uuid = this.#uuids.get(keyOf(container));
    if (uuid === undefined) return;
    this.#uuids.delete(keyOf(container));
    this.#ids.delete(uuid);
  }
}

const hostKey = ({ metadata, spec }: ContainerVM): string =>
  refKey({ namespace: metadata.namespace, name: spec.hostRef.name });
