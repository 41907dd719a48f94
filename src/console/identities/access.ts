import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { pause } from "../../kube/backoff.ts";
import type { Informer } from "../../kube/informer.ts";
import { refKey } from "../../kube/object.ts";
import {
  ConsoleError,
  type ContainerAddress,
  type ImageAddress,
} from "../client/console-client.ts";

const BY_ID = "id";
/** How far our view may be behind that of whoever asks. */
const NEW_MS = 1_000;
const NEW_STEP_MS = 10;

/** One container that somebody may talk to, as the resources stand now. */
export interface AllowedContainer {
  readonly id: string;
  readonly container: ContainerVM;
  readonly host: VirtualContainerHost;
}

export interface AccessOptions {
  readonly hosts: Informer<VirtualContainerHost>;
  readonly containers: Informer<ContainerVM>;
  readonly images: Informer<ContainerImage>;
}

/**
 * Who may talk to which VM, decided here and nowhere else: whoever speaks for a VirtualContainerHost reaches the containers and
 * images of that host, and no others, whatever else they name.
 */
export class Access {
  private readonly options: AccessOptions;

  constructor(options: AccessOptions) {
    this.options = options;
    options.containers.addIndex(BY_ID, (container) => [idOfContainer(container)]);
  }

  /** For those who speak for nobody: whose container it is, if anybody's. */
  byId(id: string): ContainerVM | undefined {
    return this.options.containers.store.byIndex(BY_ID, id)[0];
  }

  /** @throws ConsoleError `NotFound` */
  container({ namespace, host, id }: ContainerAddress): AllowedContainer {
    const owner = this.options.hosts.store.get(refKey({ namespace, name: host }));
    const container = this.options.containers.store
      .byIndex(BY_ID, id)
      .find(({ metadata, spec }) => metadata.namespace === namespace && spec.hostRef.name === host);
    if (owner === undefined || container === undefined) {
      throw new ConsoleError(404, "NotFound", `No such container: ${id}`);
    }
    return { id, container, host: owner };
  }

  /** The host that an image is in. */
  hostOf({ metadata, spec }: ContainerImage): VirtualContainerHost | undefined {
    return this.options.hosts.store.get(
      refKey({ namespace: metadata.namespace, name: spec.hostRef.name }),
    );
  }

  /**
   * The same, where we may not have heard yet of what whoever asks has: of a new container, or of its start.
   * @throws ConsoleError `NotFound`
   */
  async containerSoon(address: ContainerAddress, signal: AbortSignal): Promise<AllowedContainer> {
    const giveUp = AbortSignal.any([signal, AbortSignal.timeout(NEW_MS)]);
    if (address.seen !== undefined)
      await this.options.containers.reached(address.seen, giveUp).catch(() => {});
    for (;;) {
      try {
        return this.container(address);
      } catch (error) {
        if (giveUp.aborted) throw error;
        await pause(NEW_STEP_MS, giveUp);
      }
    }
  }

  /** @throws ConsoleError `NotFound` */
  image({ namespace, host, name }: ImageAddress): ContainerImage {
    const image = this.options.images.store.get(refKey({ namespace, name }));
    if (image?.spec.hostRef.name !== host) {
      throw new ConsoleError(404, "NotFound", `No such image: ${name}`);
    }
    return image;
  }
}
