import type { Logger } from "pino";
import type { KubeClient } from "../kube/client.ts";
import type { Informers } from "../kube/informer.ts";
import type { connect } from "../vsphere/index.ts";
import type { Issuer } from "./certificates/issuer.ts";
import type { HostRegistry } from "./hosts/host-registry.ts";
import type { Keepers } from "./keepers/keepers.ts";
import type { ServerPool } from "./servers/server-pool.ts";

/** What the process gives to the controllers. */
export interface ControllerOptions {
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly log: Logger;
  /** Identity of this installation: the UID of the namespace kube-system. */
  readonly installation: string;
  /** The guest ISO, a file on the operator's disk. */
  readonly guestIsoFile: string;
  /** `host:port` at which guests reach the console. */
  readonly consoleAddress: string;
  /** `host:port` at which ESXi hosts reach the console, for VMs' serial ports. */
  readonly serialAddress: string;
  /** DNS name or IP address at which Docker tools reach the gateway. */
  readonly gatewayAddress: string;
  /** The port there that VirtualContainerHosts share, default 2376. */
  readonly gatewayPort?: number;
  /** Where the installation is: its authority and the certificates of its processes. */
  readonly namespace: string;
  /** How to connect to vSphere; the real client where left out. */
  readonly connect?: typeof connect;
  /** Milliseconds after which what can only be looked at is looked at again, default 10 minutes. */
  readonly verifyMs?: number;
  /** Milliseconds for which a worker VM is kept without work, default 2 minutes. */
  readonly workerIdleMs?: number;
  /** Milliseconds after which the ContainerVM of a VM that has none is made again, and a name without holder is given up; default 1 minute. */
  readonly sweepGraceMs?: number;
  /** Milliseconds that a VM may be on before its process has started; then it is told of as unresponsive, default 5 minutes. */
  readonly silentMs?: number;
}

/** What the controllers share. */
export interface Dependencies extends Required<ControllerOptions> {
  readonly servers: ServerPool;
  readonly hosts: HostRegistry;
  readonly issuer: Issuer;
  readonly keepers: Keepers;
}
