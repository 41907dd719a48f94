// `vic gateway` without its process, beside a real API server and a namespace of the test's own, with hosts as the operator would have them.
import { createHash, randomInt, randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { pino } from "pino";
import { inject } from "vitest";
import type {
  ContainerImage,
  ContainerImageStatusConfig,
} from "../../src/api/containerimage.gen.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { FIELD_MANAGERS } from "../../src/api/metadata.ts";
import type { VirtualContainerHostSpecDocker } from "../../src/api/virtualcontainerhost.gen.ts";
import { type ConsoleClient, ConsoleError } from "../../src/console/client/console-client.ts";
import { normalizeReference } from "../../src/docker/images/image-cache.ts";
import { startGateway, type Gateway } from "../../src/docker/index.ts";
import type { ClusterAccess } from "../../src/kube/access.ts";
import type { KubeClient, Partially } from "../../src/kube/client.ts";
import { namespaceKind, secretKind } from "../../src/kube/core-kinds.ts";
import { createEventRecorder } from "../../src/kube/event-recorder.ts";
import { createKubeClient } from "../../src/kube/http-client.ts";
import type { Informers } from "../../src/kube/informer.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { createInformers } from "../../src/kube/shared-informers.ts";
import type { TestCertificate } from "../authority.ts";
import { eventually } from "../eventually.ts";
import { HOST_SPEC } from "../control-plane/host-spec.ts";

export interface RunningGateway extends Gateway {
  readonly informers: Informers;
}

const unavailable = async (): Promise<never> => {
  throw new ConsoleError(503, "Unavailable", "there is no console");
};

/** A console that isn't there. */
export const noConsole: ConsoleClient = {
  attach: unavailable,
  logs: unavailable,
  signal: unavailable,
  stop: unavailable,
  resize: unavailable,
  createExec: unavailable,
  inspectExec: unavailable,
  waitExec: unavailable,
  startExec: unavailable,
  resizeExec: unavailable,
  top: unavailable,
  stats: unavailable,
  progress: unavailable,
  close: async () => undefined,
};

/**
 * @param through how it reaches the API server; as its administrator where left out
 * @param address of its ports: two gateways on one machine serve the same ports
 * @param wait until it has read everything
 */
export async function runGateway(
  console: ConsoleClient = noConsole,
  through?: ClusterAccess,
  address = "127.0.0.1",
  wait = true,
): Promise<RunningGateway> {
  const log = pino({ level: "silent" });
  const client = createKubeClient(through ?? (await loadKubeconfig(inject("kubeconfig"))));
  const informers = createInformers(client, log);
  const controller = "vic.dev/gateway";
  const events = createEventRecorder({ client, log, controller, instance: "test" });
  const gateway = await startGateway({
    client,
    informers,
    console,
    events,
    log,
    version: "1.2.3",
    namespace: "default",
    identity: "test",
    dockerListen: { host: address, port: 0 },
    dockerAddress: address,
    patienceMs: 1_000,
  });
  informers.start();
  if (wait) await informers.synced();
  return {
    ...gateway,
    informers,
    async close() {
      await gateway.close();
      await events.close(100);
      await informers.stop();
      await client.close();
    },
  };
}

/** A namespace with VirtualContainerHosts. */
export class DockerHosts {
  readonly namespace = `docker-${randomUUID().slice(0, 8)}`;
  readonly user: KubeClient;

  private constructor(user: KubeClient) {
    this.user = user;
  }

  static async create(): Promise<DockerHosts> {
    const made = new DockerHosts(createKubeClient(await loadKubeconfig(inject("kubeconfig"))));
    await made.user.create(namespaceKind, { metadata: { name: made.namespace } });
    return made;
  }

  async end(): Promise<void> {
    await this.user.delete(namespaceKind, { name: this.namespace });
    await this.user.close();
  }

  async add(name: string, docker: Partially<VirtualContainerHostSpecDocker>): Promise<void> {
    await this.user.create(KINDS.VirtualContainerHost, {
      metadata: { namespace: this.namespace, name },
      spec: {
        ...HOST_SPEC,
        imageStore: { datastore: "ds", path: name },
        docker,
      },
    });
  }

  /** As the operator does it: the Secret first, then the status that names it. */
  async certify(name: string, server: TestCertificate): Promise<void> {
    const secret = `${name}-docker-server`;
    const data = { "tls.crt": server.cert, "tls.key": server.key, "ca.crt": server.ca };
    await this.user.apply(
      secretKind,
      { metadata: { namespace: this.namespace, name: secret }, stringData: data },
      { fieldManager: FIELD_MANAGERS.operator },
    );
    await this.user.applyStatus(
      KINDS.VirtualContainerHost,
      {
        metadata: { namespace: this.namespace, name },
        status: { docker: { host: "tcp://gateway", serverSecret: secret, revision: randomUUID() } },
      },
      { fieldManager: FIELD_MANAGERS.operator },
    );
  }

  /** An image that is Ready, as the operator leaves it. */
  async addImage(
    host: string,
    image: string,
    config: ContainerImageStatusConfig = { cmd: ["sh"], env: ["PATH=/bin"] },
  ): Promise<ContainerImage> {
    const { namespace, user } = this;
    const name = `img-${randomUUID().slice(0, 8)}`;
    await user.create(KINDS.ContainerImage, {
      metadata: { namespace, name },
      spec: { hostRef: { name: host }, image },
    });
    const digest = `sha256:${createHash("sha256").update(image).digest("hex")}`;
    const imageId = `sha256:${createHash("sha256").update(`${image} id`).digest("hex")}`;
    const lastTransitionTime = new Date().toISOString();
    const ready = { type: "Ready", status: "True", reason: "Available", message: "" } as const;
    return user.applyStatus(
      KINDS.ContainerImage,
      {
        metadata: { namespace, name },
        status: {
          reference: normalizeReference(image),
          digest,
          imageId,
          sizeBytes: 4_000_000,
          config,
          conditions: [{ ...ready, lastTransitionTime }],
        },
      },
      { fieldManager: FIELD_MANAGERS.operator },
    );
  }

  /** A host without TLS on a port of its own, once the gateway serves it; what DOCKER_HOST is. */
  async addPlain(gateway: RunningGateway, name: string): Promise<string> {
    const port = await freePort();
    await this.add(name, { port, tls: { mode: "None" } });
    await this.user.applyStatus(
      KINDS.VirtualContainerHost,
      {
        metadata: { namespace: this.namespace, name },
        status: { docker: { host: `tcp://127.0.0.1:${port}` } },
      },
      { fieldManager: FIELD_MANAGERS.operator },
    );
    await eventually(() => {
      const found = gateway.portOf(this.namespace, name);
      if (found === undefined) throw new Error(`${name} isn't served yet`);
      return found;
    });
    return `tcp://127.0.0.1:${port}`;
  }
}

const given = new Set<number>();

/**
 * A port that was free a moment ago, and is given once. It is below those that Linux gives to clients (ip(7),
 * ip_local_port_range), so that none of them takes it before the gateway does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    // oxlint-disable-next-line no-await-in-loop -- until one is free
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
