import type { Logger } from "pino";
import type { KubeClient } from "../kube/client.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Informers } from "../kube/informer.ts";

export interface GatewayOptions {
  readonly client: KubeClient;
  /** Started by the caller once the gateway has asked for all that it needs. */
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly log: Logger;
  /** Where the installation is: its Secret `vic-gateway-tls`. */
  readonly namespace: string;
  /** Tells this process from other gateways. */
  readonly identity: string;
  /** The port that all hosts share. */
  readonly dockerListen: { readonly host: string; readonly port: number };
  /** The address on which each host's own port is opened. */
  readonly dockerAddress: string;
  /** Where the console is asked. */
  readonly console: { readonly host: string; readonly port: number };
}

/** The Docker API of every VirtualContainerHost. */
export interface Gateway {
  /** The shared port. */
  readonly port: number;
  /** Ends streams and stops listening. */
  close(): Promise<void>;
}

/** Opens the shared port and, as hosts come and go, theirs. */
export function startGateway(_options: GatewayOptions): Promise<Gateway> {
  return Promise.reject(new Error("the gateway isn't built yet"));
}
