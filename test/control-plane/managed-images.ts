import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, inject } from "vitest";
import type { ContainerImage } from "../../src/api/containerimage.gen.ts";
import { KINDS } from "../../src/api/kinds.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { namespaceKind } from "../../src/kube/core-kinds.ts";
import { createEventRecorder } from "../../src/kube/event-recorder.ts";
import { createKubeClient } from "../../src/kube/http-client.ts";
import type { Informers } from "../../src/kube/informer.ts";
import { createInformers } from "../../src/kube/shared-informers.ts";
import type { ControllerHandle, ControllerSpec } from "../../src/reconcile/controller.ts";
import { createManager } from "../../src/reconcile/manager.ts";
import { Metrics } from "../../src/reconcile/metrics.ts";
import { awaitChange } from "../../src/reconcile/outcome.ts";
import { startFaultProxy, type FaultProxy } from "../fault-proxy.ts";

type Spec = Omit<ControllerSpec<ContainerImage>, "name" | "kind">;

/**
 * A manager with one controller, of ContainerImages, against a real API server: for tests of the engine. Each test has a
 * namespace of its own, outside of which the controller does nothing.
 */
export class ManagedImages {
  readonly kind = KINDS.ContainerImage;
  namespace = "";
  /** Between the manager and the API server. */
  proxy!: FaultProxy;
  /** What tests write and read with; never broken. */
  user!: KubeClient;
  informers!: Informers;
  #metrics!: Metrics;
  #client!: KubeClient;
  #direct!: FaultProxy;
  #stop: (() => Promise<void>) | undefined;

  async open(): Promise<void> {
    this.proxy = await startFaultProxy(inject("kubeconfig"));
    this.#direct = await startFaultProxy(inject("kubeconfig"));
    this.#client = createKubeClient(this.proxy.access);
    this.user = createKubeClient(this.#direct.access);
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.user.close();
    await this.proxy.close();
    await this.#direct.close();
  }

  async begin(): Promise<void> {
    this.namespace = `engine-${randomUUID().slice(0, 8)}`;
    await this.user.create(namespaceKind, { metadata: { name: this.namespace } });
  }

  async end(): Promise<void> {
    this.proxy.decide = undefined;
    await this.stop();
    await this.user.delete(namespaceKind, { name: this.namespace });
  }

  /** Runs the controller `images` until {@link stop}, which every test's end calls too. */
  async run(spec: Spec, drainMs?: number): Promise<ControllerHandle> {
    const log = pino({ level: "silent" });
    const client = this.#client;
    const informers = createInformers(client, log);
    const metrics = new Metrics();
    const reporter = { controller: "vic.dev/test", instance: "test" };
    const events = createEventRecorder({ client, log, ...reporter });
    const parts = { client, informers, events, metrics, log };
    const options = { fieldManager: "test", concurrency: 4, reportPaused: true };
    const manager = createManager({ ...parts, ...options });
    const reconcile: Spec["reconcile"] = (request, context) =>
      request.namespace === this.namespace
        ? spec.reconcile(request, context)
        : Promise.resolve(awaitChange());
    const handle = manager.add({ name: "images", kind: this.kind, ...spec, reconcile });
    const stopping = new AbortController();
    const running = manager.run(stopping.signal, drainMs);
    this.informers = informers;
    this.#metrics = metrics;
    this.#stop = async () => {
      stopping.abort();
      await running;
      await events.close(100);
      await informers.stop();
    };
    await informers.synced();
    return handle;
  }

  async stop(): Promise<void> {
    const stop = this.#stop;
    this.#stop = undefined;
    await stop?.();
  }

  key(name: string): string {
    return `${this.namespace}/${name}`;
  }

  put(name: string, annotations: Record<string, string> = {}): Promise<ContainerImage> {
    return this.user.create(this.kind, {
      metadata: { namespace: this.namespace, name, annotations },
      spec: { hostRef: { name: "host" }, image: "busybox" },
    });
  }

  read(name: string): Promise<ContainerImage> {
    return this.user.get(this.kind, { namespace: this.namespace, name });
  }

  /** A null removes the annotation. */
  async annotate(name: string, annotations: Record<string, string | null>): Promise<void> {
    const patch = { metadata: { annotations } };
    const ref = { namespace: this.namespace, name };
    await this.user.patch(this.kind, ref, { type: "merge", patch });
  }

  async metric(name: string): Promise<number> {
    const { values } = (await this.#metrics.registry.getSingleMetric(name)!.get()) as {
      values: { value: number; labels: Record<string, string> }[];
    };
    return values.find(({ labels }) => labels["controller"] === "images")?.value ?? 0;
  }
}

/** Makes one for the tests of a file. */
export function manageImages(): ManagedImages {
  const images = new ManagedImages();
  beforeAll(() => images.open());
  beforeEach(() => images.begin());
  afterEach(() => images.end());
  afterAll(() => images.close());
  return images;
}
