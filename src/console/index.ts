import type { Logger } from "pino";
import { idOfContainer } from "../api/identity.ts";
import { INSTALLATION_SECRETS } from "../api/installation-secrets.ts";
import { KINDS } from "../api/kinds.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Informers } from "../kube/informer.ts";
import type { Manager } from "../reconcile/manager.ts";
import { Access } from "./identities/access.ts";
import { Peers } from "./api/peers.ts";
import { createRoutes } from "./api/routes.ts";
import { ApiServer } from "./api/server.ts";
import { TlsSecret } from "./api/tls-secret.ts";
import { ContainerChanges } from "./runs/container-changes.ts";
import { identifyContainer, identifyWorker, indexWorkers } from "./identities/identities.ts";
import { layersController } from "./layers/controller.ts";
import { LineListener } from "./lines/line-listener.ts";
import { Lines } from "./lines/lines.ts";
import { Links } from "./links/links.ts";
import { AgentListener } from "./links/listener.ts";
import { createLogFiles } from "./logs/log-files.ts";
import { UnpackProgress } from "./progress/unpack-progress.ts";
import { cachedSecrets } from "./identities/secret-cache.ts";
import { secretReader } from "./identities/secrets.ts";
import { AgentRouter } from "./sessions/agent-router.ts";
import { VmIdentities } from "./identities/vm-identities.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ConsoleOptions {
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly manager: Manager;
  readonly log: Logger;
  /** Where agents dial in. */
  readonly listen: Address;
  /** Where ESXi hosts dial in with the serial ports of VMs. */
  readonly serialListen: Address;
  /** Where gateways and other consoles ask. */
  readonly apiListen: Address;
  /** Other consoles; itself among them does no harm. */
  readonly peers: readonly Address[];
  /** Where the installation's certificates are. */
  readonly namespace: string;
}

/** The speaker to agents in guests: where they dial in, the work they are given, and who may ask for it. */
export interface Console {
  /** Where agents dial in. */
  readonly port: number;
  readonly serialPort: number;
  readonly apiPort: number;
  close(): Promise<void>;
}

/** Registers the console's controllers with the manager and opens its ports. Run the manager afterwards. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { client, informers, manager, log } = options;
  const hosts = informers.of(KINDS.VirtualContainerHost);
  const images = informers.of(KINDS.ContainerImage);
  const containers = informers.of(KINDS.ContainerVM);
  const servers = informers.of(KINDS.VSphereServer);
  const readSecret = secretReader(client);
  const linkSecrets = cachedSecrets(readSecret);
  indexWorkers(hosts);
  const access = new Access({ hosts, containers, images });
  const identities = new VmIdentities(hosts, containers);

  const links = new Links();
  const lines = new Lines({
    log,
    identify: (id, signal) =>
      identifyContainer(containers, linkSecrets, () => access.byId(id), id, signal),
  });
  containers.addHandler({
    update(container) {
      const { agent } = container.status ?? {};
      if (agent !== undefined) lines.expire(idOfContainer(container), agent.hostKey);
    },
  });
  const tls = new TlsSecret({
    readSecret,
    namespace: options.namespace,
    name: INSTALLATION_SECRETS.console,
    log,
  });
  const peers = new Peers({
    addresses: options.peers,
    credentials: () => Promise.resolve(tls.credentials),
  });
  const agents = new AgentRouter(links, lines, options.peers.length > 0 ? peers : undefined);

  const unpacking = new UnpackProgress();
  manager.add(layersController({ links, hosts, images, readSecret, unpacking }));
  const logFiles = createLogFiles({ hosts, servers, readSecret, log });

  const agentListener = new AgentListener({
    links,
    log,
    async identify(guestId, signal) {
      await images.synced(signal); // what stands there when a link begins may have been begun over another one
      return identifyWorker(hosts, linkSecrets, guestId, signal);
    },
  });
  const lineListener = new LineListener({
    lines,
    log,
    identifyVm: (uuid, signal) => identities.known(uuid, signal),
  });

  const api = new ApiServer({
    log,
    handle: createRoutes({
      access,
      agents,
      peers,
      streams: { agents, containers: new ContainerChanges(containers), logFiles },
      progress: { images, unpacking },
    }),
  });
  tls.watch((credentials) => api.use(credentials));

  const at = (address: Address) => [address.host, address.port] as const;
  const { port } = await agentListener.listen(...at(options.listen));
  const { port: serialPort } = await lineListener.listen(...at(options.serialListen));
  const { port: apiPort } = await api.listen(...at(options.apiListen));
  log.info({ agents: port, serial: serialPort, api: apiPort }, "the console listens");
  return {
    port,
    serialPort,
    apiPort,
    async close() {
      tls.stop();
      await api.close();
      await peers.close();
      links.closeAll();
      lines.closeAll();
      await agentListener.close();
      await lineListener.close();
      await logFiles.close();
    },
  };
}
