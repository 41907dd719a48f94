import type { Logger } from "pino";
import type { ConsoleClient } from "../console/client/console-client.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Informers } from "../kube/informer.ts";

/** What {@link startGateway} is told. */
export interface GatewayOptions {
  readonly client: KubeClient;
  /** The gateway adds what it watches and starts them; the caller stops them. */
  readonly informers: Informers;
  readonly console: ConsoleClient;
  readonly log: Logger;
  /** Name of the product's version, for `docker version`. */
  readonly version: string;
  /** The port that all hosts share; the server name that a client asks for says which it means. */
  readonly listen: { readonly host: string; readonly port: number };
  /** The address on which hosts' own ports (`spec.docker.port`) are bound. */
  readonly address: string;
}

export interface Gateway {
  /** Of the shared port, as bound. */
  readonly port: number;
  /** Of a host's own port, as bound (`spec.docker.port`); undefined where it isn't served. */
  portOf(namespace: string, name: string): number | undefined;
  /** Ends all connections. */
  close(): Promise<void>;
}
