// `vic console` without its process, beside a real API server and a namespace of the test's own.
import { randomBytes, randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { pino } from "pino";
import { inject } from "vitest";
import { deriveLinkKey } from "../../src/api/link-key.ts";
import type { ContainerImage, ContainerImageStatus } from "../../src/api/containerimage.gen.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { FIELD_MANAGERS } from "../../src/api/metadata.ts";
import { linkSecretName } from "../../src/api/naming.ts";
import type { VirtualContainerHostSpecRegistries } from "../../src/api/virtualcontainerhost.gen.ts";
import { startConsole } from "../../src/console/index.ts";
import type { ClusterAccess } from "../../src/kube/access.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { namespaceKind, secretKind } from "../../src/kube/core-kinds.ts";
import { createEventRecorder } from "../../src/kube/event-recorder.ts";
import { createKubeClient } from "../../src/kube/http-client.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { createInformers } from "../../src/kube/shared-informers.ts";
import { createManager } from "../../src/reconcile/manager.ts";
import { Metrics } from "../../src/reconcile/metrics.ts";
import { type Serve, TestAgent } from "./agent.ts";
import { HOST_SPEC } from "../control-plane/host-spec.ts";

export interface RunningConsole {
  readonly port: number;
  readonly serialPort: number;
  readonly apiPort: number;
  /** Everything it has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

export interface RunConsoleOptions {
  /** How it reaches the API server; as its administrator where left out. */
  readonly through?: ClusterAccess;
  /** Where its certificates are. */
  readonly namespace?: string;
  readonly peers?: readonly { readonly host: string; readonly port: number }[];
}

export async function runConsole({
  through,
  namespace = "vic-system",
  peers = [],
}: RunConsoleOptions = {}): Promise<RunningConsole> {
  let lines = "";
  const log = pino(
    { level: "debug" },
    new Writable({
      write(chunk, _encoding, done) {
        lines += String(chunk);
        done();
      },
    }),
  );
  const client = createKubeClient(through ?? (await loadKubeconfig(inject("kubeconfig"))));
  const informers = createInformers(client, log);
  const events = createEventRecorder({
    client,
    log,
    controller: "vic.dev/console",
    instance: "test",
  });
  const manager = createManager({
    client,
    informers,
    events,
    metrics: new Metrics(),
    log,
    fieldManager: FIELD_MANAGERS.console,
    concurrency: 20,
    reportPaused: false,
  });
  const listen = { host: "127.0.0.1", port: 0 };
  const running = await startConsole({
    client,
    informers,
    manager,
    log,
    listen,
    serialListen: listen,
    apiListen: listen,
    peers,
    namespace,
  });
  const stopping = new AbortController();
  const ended = manager.run(stopping.signal, 0);
  return {
    port: running.port,
    serialPort: running.serialPort,
    apiPort: running.apiPort,
    log: () => lines,
    async stop() {
      stopping.abort();
      await ended;
      await running.close();
      await events.close(100);
      await informers.stop();
      await client.close();
    },
  };
}

/** A VirtualContainerHost, its worker and its images, as the operator would have them. */
export class Installation {
  readonly namespace = `console-${randomUUID().slice(0, 8)}`;
  readonly workerId = randomBytes(32).toString("hex");
  readonly #secret = randomBytes(32);
  readonly #agents: TestAgent[] = [];
  readonly user: KubeClient;

  private constructor(user: KubeClient) {
    this.user = user;
  }

  /** Makes the namespace and the host, which has no worker yet. */
  static async create(registries: VirtualContainerHostSpecRegistries = {}): Promise<Installation> {
    const made = new Installation(createKubeClient(await loadKubeconfig(inject("kubeconfig"))));
    const { namespace, user } = made;
    await user.create(namespaceKind, { metadata: { name: namespace } });
    await user.create(KINDS.VirtualContainerHost, {
      metadata: { namespace, name: "host" },
      spec: {
        ...HOST_SPEC,
        registries,
      },
    });
    return made;
  }

  async end(): Promise<void> {
    for (const agent of this.#agents) agent.socket.destroy();
    await this.user.delete(namespaceKind, { name: this.namespace });
    await this.user.close();
  }

  /** The Secret that the link's keys are derived from. */
  async putLinkSecret(): Promise<void> {
    await this.user.create(secretKind, {
      metadata: { namespace: this.namespace, name: linkSecretName("host") },
      data: { key: this.#secret.toString("base64") },
    });
  }

  /** An agent that dials a console as this host's worker. */
  dial({ port }: RunningConsole, serve: Serve, like?: TestAgent): TestAgent {
    const { authorizedKey } = deriveLinkKey(this.#secret, this.workerId);
    const agent = new TestAgent({ port, ...(like && { like }) }).serve(
      this.workerId,
      authorizedKey,
      serve,
    );
    this.#agents.push(agent);
    return agent;
  }

  /** Writes what the worker reported. */
  async report(hostKey: string): Promise<void> {
    await this.user.applyStatus(
      KINDS.VirtualContainerHost,
      {
        metadata: { namespace: this.namespace, name: "host" },
        status: { worker: { id: this.workerId, state: "Running", hostKey } },
      },
      { fieldManager: "vic-test" },
    );
  }

  /** An image, and its status as the operator writes it. */
  async putImage(name: string, image: string, status: ContainerImageStatus): Promise<void> {
    await this.user.create(KINDS.ContainerImage, {
      metadata: { namespace: this.namespace, name },
      spec: { hostRef: { name: "host" }, image },
    });
    await this.putStatus(name, status);
  }

  async putStatus(name: string, status: ContainerImageStatus): Promise<void> {
    await this.user.applyStatus(
      KINDS.ContainerImage,
      { metadata: { namespace: this.namespace, name }, status },
      { fieldManager: "vic-test" },
    );
  }

  readImage(name: string): Promise<ContainerImage> {
    return this.user.get(KINDS.ContainerImage, { namespace: this.namespace, name });
  }
}
