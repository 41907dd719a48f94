import type { Logger } from "pino";
import type { ConsoleClient } from "../console/client/console-client.ts";
import { connectConsole } from "./console-connection.ts";
import type { KubeClient } from "../kube/client.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Informers } from "../kube/informer.ts";
import { createHostEvents, eventInformer } from "./events/host-events.ts";
import { Router } from "./http/router.ts";
import type { Address } from "./serving/listeners.ts";
import { routesOf } from "./routes.ts";
import { Serving } from "./serving/serving.ts";
import { productName } from "./system/version.ts";
import type { Tenant } from "./tenant.ts";
import { Tenants } from "./tenants.ts";

/** What {@link startGateway} is told. */
export interface GatewayOptions {
  readonly client: KubeClient;
  /** The gateway adds what it watches; the caller starts and stops them. */
  readonly informers: Informers;
  /** Where the console is asked, or how. */
  readonly console: Address | ConsoleClient;
  /** Records events that clients of all gateways shall see. */
  readonly events: EventRecorder;
  /** The installation's, with the Secret `vic-gateway-tls` by which the console knows the gateway. */
  readonly namespace: string;
  /** Tells this process from other gateways. */
  readonly identity: string;
  readonly log: Logger;
  /** The product's, for `docker version`. */
  readonly version: string;
  /** The port that all hosts share; the server name that a client asks for says which it means. */
  readonly dockerListen: Address;
  /** The address on which hosts' own ports (`spec.docker.port`) are bound. */
  readonly dockerAddress: string;
  /** How long a client waits for a gateway that has just begun, milliseconds; 10 s where left out. */
  readonly patienceMs?: number;
}

export interface Gateway {
  /** Of the shared port, as bound. */
  readonly port: number;
  /** Of a host's own port, as bound (`spec.docker.port`); undefined where it isn't served. */
  portOf(namespace: string, name: string): number | undefined;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** The Docker Engine API of every VirtualContainerHost. Returns once the shared port is bound; hosts come as the informers tell of them. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { client, informers, log, version, namespace } = options;
  const console =
    "attach" in options.console
      ? options.console
      : connectConsole(client, namespace, options.console);
  // Asked for here, so that it is there before the first client.
  eventInformer(informers);
  const eventsOf = (tenant: Omit<Tenant, "events">) => createHostEvents(tenant, options.events);
  const tenants = new Tenants({ client, informers, console, log, eventsOf });
  const serving = new Serving({
    shared: options.dockerListen,
    ownAddress: options.dockerAddress,
    caches: informers,
    patienceMs: options.patienceMs,
    router: new Router(routesOf(version)),
    log,
    product: `${productName}/${version} (linux)`,
  });
  const port = await serving.open();
  tenants.watch(serving);
  log.info({ port }, "serving the Docker API");
  return {
    port,
    portOf: (hostNamespace, name) => serving.portOf(`${hostNamespace}/${name}`),
    async close() {
      tenants.close();
      await serving.close();
      await console.close();
    },
  };
}
