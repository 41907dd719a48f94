import type { Logger } from "pino";
import type { ContainerImage } from "../api/containerimage.gen.ts";
import type { ContainerVM } from "../api/containervm.gen.ts";
import type { VirtualContainerHost } from "../api/virtualcontainerhost.gen.ts";
import type { ConsoleClient } from "../console/client/console-client.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Informer, Informers } from "../kube/informer.ts";
import type { ContainerCache } from "./containers/lookup/cache.ts";
import type { HostEvents } from "./events/host-events.ts";
import type { ImageCache } from "./images/image-cache.ts";

/** One VirtualContainerHost as its Docker clients see it: all that a handler may use, and nothing of any other. */
export interface Tenant {
  readonly namespace: string;
  /** Name of the VirtualContainerHost. */
  readonly name: string;
  /** `namespace/name`. */
  readonly key: string;
  /** The resource as it is now. */
  host(): VirtualContainerHost;
  readonly client: KubeClient;
  readonly console: ConsoleClient;
  /** Its containers alone. */
  readonly containers: ContainerCache;
  /** Its images alone. */
  readonly images: ImageCache;
  /** Of all hosts: for read-your-writes ({@link Informer.reached}) and handlers. Lists of them aren't for clients. */
  readonly imageInformer: Informer<ContainerImage>;
  readonly containerInformer: Informer<ContainerVM>;
  readonly informers: Informers;
  readonly events: HostEvents;
  readonly log: Logger;
  /** Aborts when the host is gone, or the gateway stops. */
  readonly signal: AbortSignal;
}
