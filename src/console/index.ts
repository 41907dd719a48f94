import type { Logger } from "pino";
import { KINDS } from "../api/kinds.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Informers } from "../kube/informer.ts";
import type { Manager } from "../reconcile/manager.ts";
import { identifyWorker, indexWorkers } from "./identities.ts";
import { layersController } from "./layers/controller.ts";
import { Links } from "./links/links.ts";
import { AgentListener } from "./links/listener.ts";
import { secretReader } from "./secrets.ts";

export interface ConsoleOptions {
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly manager: Manager;
  readonly log: Logger;
  /** Where agents dial in. */
  readonly listen: { readonly host: string; readonly port: number };
}

/** The speaker to agents in guests: where they dial in, and the work they are given. */
export interface Console {
  readonly port: number;
  close(): Promise<void>;
}

/** Registers the console's controllers with the manager and opens the port for agents. Run the manager afterwards. */
export async function startConsole({
  client,
  informers,
  manager,
  log,
  listen,
}: ConsoleOptions): Promise<Console> {
  const links = new Links();
  const hosts = informers.of(KINDS.VirtualContainerHost);
  const images = informers.of(KINDS.ContainerImage);
  const readSecret = secretReader(client);
  indexWorkers(hosts);
  manager.add(layersController({ links, hosts, images, readSecret }));

  const identify = async (guestId: string, signal: AbortSignal) => {
    await images.synced(signal); // what stands there when a link begins may have been begun over another one
    return identifyWorker(hosts, readSecret, guestId, signal);
  };
  const listener = new AgentListener({ links, log, identify });
  const { port } = await listener.listen(listen.host, listen.port);
  log.info({ host: listen.host, port }, "agents may dial in");
  return {
    port,
    async close() {
      links.closeAll();
      await listener.close();
    },
  };
}
