import { CONDITIONS } from "../../api/conditions.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { isTrue } from "../../reconcile/conditions.ts";
import type { MoRef, NetworkInfo, VmPlace, VmRecord } from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";

/** What is needed to make VMs in a VirtualContainerHost, all looked up: so that making one asks nothing. */
export interface Equipment {
  /** The vApp, pool or folder whose members its VMs are. */
  readonly members: MoRef;
  readonly place: VmPlace;
  readonly bridge: NetworkInfo;
  readonly management: NetworkInfo;
  readonly isoPath: string;
  /** Lists the image store's datastore. */
  readonly browser: MoRef;
}

/** A VirtualContainerHost as this process last saw it in vSphere. */
export interface LiveHost {
  /** `namespace/name`. */
  readonly key: string;
  /** `status.id`. */
  readonly id: string;
  readonly server: PooledServer;
  /** The image store; `path` is normalized. */
  readonly store: { readonly datastore: string; readonly path: string };
  /** The vApp, pool or folder whose members its VMs are; undefined: there is none, and so no VM either. */
  readonly members: MoRef | undefined;
  /** Undefined while the host isn't in order, or is being deleted: then nothing new is made. */
  readonly equipment: Equipment | undefined;
}

/** What keys that wait for a VirtualContainerHost are parked on. */
export const hostTopic = (key: string): string => `host:${key}`;

/**
 * The VirtualContainerHosts that this process knows in vSphere. Only their own controller fills
 * it; those of containers and images look up, or wait.
 */
export class HostRegistry {
  readonly #hosts = new Map<string, LiveHost>();
  readonly #listeners = new Set<(key: string) => void>();
  readonly #suspicions = new Set<(key: string, lack?: "ports") => void>();
  readonly #imageSuspicions = new Set<(key: string) => void>();

  /** The host, while its server is connected. */
  get(key: string): LiveHost | undefined {
    const host = this.#hosts.get(key);
    return host?.server.vsphere.state.connected ? host : undefined;
  }

  all(): LiveHost[] {
    return [...this.#hosts.values()];
  }

  put(host: LiveHost): void {
    this.#hosts.set(host.key, host);
    for (const listener of this.#listeners) listener(host.key);
  }

  remove(key: string): void {
    this.#hosts.delete(key);
  }

  /** Called with the key of a host that was put. */
  onPut(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Says that something of a host seems to be missing in vSphere, so that its controller looks.
   *
   * @param lack `ports`: its bridge's port group may have no free one
   */
  suspect(key: string, lack?: "ports"): void {
    for (const listener of this.#suspicions) listener(key, lack);
  }

  /** Says that a disk of an image seems to be missing, so that the image's controller looks. */
  suspectImage(key: string): void {
    for (const listener of this.#imageSuspicions) listener(key);
  }

  onSuspectImage(listener: (key: string) => void): () => void {
    this.#imageSuspicions.add(listener);
    return () => this.#imageSuspicions.delete(listener);
  }

  onSuspect(listener: (key: string, lack?: "ports") => void): () => void {
    this.#suspicions.add(listener);
    return () => this.#suspicions.delete(listener);
  }
}

/**
 * Whether a host that this process hasn't seen yet will be there soon, as far as its own status
 * tells: so it is after each start of the operator. Pure.
 */
export const isExpected = ({ status }: Pick<VirtualContainerHost, "status">): boolean =>
  isTrue(status?.conditions, CONDITIONS.Ready);

/** A VM of a host by its instance UUID, if it stands in the host's vApp, pool or folder: elsewhere it is a stranger. */
export function vmOfHost(host: LiveHost, instanceUuid: string): VmRecord | undefined {
  const { members, server } = host;
  return members && server.vsphere.inventory.vmByInstanceUuid(instanceUuid, members);
}

/** Whether all VMs of a host are known: until then absence proves nothing. Where nothing can have any there are none. */
export const knowsVms = ({ members, server }: LiveHost): boolean =>
  members === undefined || server.vsphere.inventory.synced;
