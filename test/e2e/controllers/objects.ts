import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type KindName, KINDS, type KindOf } from "../../../src/api/kinds.ts";
import type { KubeClient, Partially } from "../../../src/kube/client.ts";
import type { Kind } from "../../../src/kube/kind.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { eventKind, namespaceKind, secretKind } from "../../../src/kube/core-kinds.ts";
import { isNotFound } from "../../../src/kube/errors.ts";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import { PATIENCE_MS } from "../until-seen.ts";
import type { Lab } from "./lab.ts";

/** One tenant's objects in one namespace, as a person would apply them. */
export class Tenant {
  readonly client: KubeClient;
  readonly lab: Lab;
  readonly namespace: string;

  constructor(client: KubeClient, lab: Lab, namespace: string) {
    this.client = client;
    this.lab = lab;
    this.namespace = namespace;
  }

  async apply<N extends KindName>(
    kind: N,
    name: string,
    spec: object,
    metadata: object = {},
  ): Promise<KindOf[N]> {
    const object = {
      apiVersion: KINDS[kind].apiVersion,
      kind,
      metadata: { namespace: this.namespace, name, ...metadata },
      spec,
    };
    return (await this.client.apply(KINDS[kind], object as Partially<KindOf[KindName]>, {
      fieldManager: "test",
    })) as KindOf[N];
  }

  async get<N extends KindName>(kind: N, name: string): Promise<KindOf[N]> {
    const any: Kind<KubeObject> = KINDS[kind];
    const found: unknown = await this.client.get(any, { namespace: this.namespace, name });
    return found as KindOf[N];
  }

  async delete(kind: KindName, name: string): Promise<void> {
    await this.client.delete(KINDS[kind], { namespace: this.namespace, name });
  }

  /** Waits until an object is as a test wants it; shows it where it never is. */
  async until<N extends KindName>(
    kind: N,
    name: string,
    test: (object: KindOf[N]) => boolean,
    timeoutMs = PATIENCE_MS,
  ): Promise<KindOf[N]> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const object = await this.get(kind, name);
      if (test(object)) return object;
      if (Date.now() > deadline)
        throw new Error(
          `${kind} ${name} didn't get there:\n${JSON.stringify(object.status, null, 2)}`,
        );
      await sleep(50);
    }
  }

  ready<N extends KindName>(kind: N, name: string, timeoutMs?: number): Promise<KindOf[N]> {
    return this.until(
      kind,
      name,
      (object) => findCondition(object.status?.conditions, "Ready")?.status === "True",
      timeoutMs,
    );
  }

  /** Waits until Ready gives this reason. */
  reason<N extends KindName>(
    kind: N,
    name: string,
    reason: string,
    timeoutMs?: number,
  ): Promise<KindOf[N]> {
    return this.until(
      kind,
      name,
      (object) => findCondition(object.status?.conditions, "Ready")?.reason === reason,
      timeoutMs,
    );
  }

  async gone(kind: KindName, name: string, timeoutMs = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      let object;
      try {
        object = await this.get(kind, name);
      } catch (error) {
        if (isNotFound(error)) return;
        throw error;
      }
      if (Date.now() > deadline)
        throw new Error(`${kind} ${name} isn't gone:\n${JSON.stringify(object, null, 2)}`);
      await sleep(50);
    }
  }

  /** Deletes all objects of a kind, and waits until they are gone. */
  async deleteAll(kind: KindName): Promise<void> {
    const any: Kind<KubeObject> = KINDS[kind];
    const { items } = await this.client.list(any, { namespace: this.namespace });
    const names = items.map(({ metadata }) => metadata?.name ?? "");
    const away = async (name: string): Promise<void> => {
      try {
        await this.delete(kind, name);
      } catch (error) {
        // Somebody else had deleted it.
        if (!isNotFound(error)) throw error;
      }
      await this.gone(kind, name);
    };
    await Promise.all(names.map(away));
  }

  /** The resource versions of all of the tenant's objects, by kind and name: each write makes a new one. */
  async versions(): Promise<Record<string, string | undefined>> {
    const versions: Record<string, string | undefined> = {};
    for (const kind of Object.values(KINDS) as Kind<KubeObject>[]) {
      const { items } = await this.client.list(kind, { namespace: this.namespace });
      for (const { metadata } of items)
        versions[`${kind.kind} ${metadata?.name}`] = metadata?.resourceVersion;
    }
    return versions;
  }

  /** Writes that the API server has served: of events, and of all else but what goes by the clock: leases, and the counts in hosts. */
  async writes(): Promise<{ readonly events: number; readonly others: number }> {
    const metrics = String(await this.client.raw("GET", "/metrics"));
    const sum = { events: 0, others: 0 };
    for (const [, labels = "", value] of metrics.matchAll(
      /^apiserver_request_total\{(.*)\} (\S+)$/gm,
    )) {
      const label = (name: string): string =>
        new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
      const isWrite = /^(POST|PUT|PATCH|APPLY|DELETE)$/.test(label("verb"));
      if (isWrite && !/^(leases|virtualcontainerhosts)$/.test(label("resource")))
        sum[label("resource") === "events" ? "events" : "others"] += Number(value);
    }
    return sum;
  }

  /** What `kubectl describe` tells of an object, the oldest first: `reason: note`. */
  async story(kind: KindName, name: string): Promise<string[]> {
    const { items } = await this.client.list(eventKind, { namespace: this.namespace });
    return items
      .filter(({ regarding }) => regarding?.kind === kind && regarding.name === name)
      .toSorted((a, b) => (a.eventTime ?? "").localeCompare(b.eventTime ?? ""))
      .map(({ reason, note }) => `${reason}: ${note}`);
  }

  async secret(name: string, stringData: Record<string, string>): Promise<void> {
    const object = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: this.namespace, name },
      stringData,
    };
    await this.client.apply(secretKind, object, { fieldManager: "test" });
  }

  /** The namespace, with a Secret in it. */
  async namespaceWith(secret: string, stringData: Record<string, string>): Promise<void> {
    await this.client.apply(
      namespaceKind,
      { apiVersion: "v1", kind: "Namespace", metadata: { name: this.namespace } },
      { fieldManager: "test" },
    );
    await this.secret(secret, stringData);
  }

  /** Namespace, credentials and server; of the lab's account for the product, where no other is given. */
  async server(name = "lab", spec: object = {}, account?: Record<string, string>): Promise<void> {
    const { LAB_USERNAME: username = "", LAB_PASSWORD: password = "" } = this.lab.environment;
    await this.namespaceWith("credentials", account ?? { username, password });
    await this.apply("VSphereServer", name, {
      url: this.lab.url,
      thumbprint: this.lab.thumbprint,
      credentialsSecretRef: { name: "credentials" },
      ...spec,
    });
  }

  /** Every host needs one of its own; those of a namespace may only share this one after each other. */
  get vlan(): number {
    return 1 + (createHash("sha256").update(this.namespace).digest().readUInt16BE() % 4000);
  }

  hostSpec(more: object = {}): object {
    return {
      serverRef: { name: "lab" },
      compute: { cluster: "Compute-1", cpu: { limitMHz: 8000 } },
      imageStore: { datastore: "ssd-1", path: this.namespace },
      networks: {
        bridge: { switch: "DVS-East", vlan: this.vlan },
        management: { portGroup: "VM Network" },
      },
      registries: { mirrors: [{ registry: "docker.io", endpoint: `http://${this.lab.registry}` }] },
      containerDefaults: { cpus: 1, memoryMiB: 128 },
      deletionPolicy: "Delete",
      ...more,
    };
  }

  host(name: string, more: object = {}): Promise<KindOf["VirtualContainerHost"]> {
    return this.apply("VirtualContainerHost", name, this.hostSpec(more));
  }

  container(name: string, command: string[], more: object = {}): Promise<KindOf["ContainerVM"]> {
    return this.apply("ContainerVM", name, {
      hostRef: { name: "host" },
      image: "busybox",
      command,
      ...more,
    });
  }
}
