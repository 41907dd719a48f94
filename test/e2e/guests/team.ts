import type { ContainerImage } from "../../../src/api/containerimage.gen.ts";
import type { ContainerVM, ContainerVMStatus } from "../../../src/api/containervm.gen.ts";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import type { Administrator } from "../administrator.ts";
import { untilSeen } from "../until-seen.ts";
import type { Installation } from "./installation.ts";

const apiVersion = "vic.dev/v1alpha1";

type Conditioned = { readonly status?: { readonly conditions?: ContainerVMStatus["conditions"] } };

/** Reason of the condition Ready. */
export const reasonOf = (object: Conditioned): string | undefined =>
  findCondition(object.status?.conditions, "Ready")?.reason;

/** What one team declares with kubectl in its namespace: a container host `host`, images, containers. */
export class Team {
  readonly installation: Installation;
  readonly namespace: string;

  constructor(installation: Installation, namespace: string) {
    this.installation = installation;
    this.namespace = namespace;
  }

  kubectl(...args: string[]): Promise<string> {
    return this.installation.kubectl(["-n", this.namespace, ...args]);
  }

  object(kind: string, name: string, spec: object): object {
    return { apiVersion, kind, metadata: { namespace: this.namespace, name }, spec };
  }

  /** Namespace, a server with a Secret of its own, a volume store and a container host, in one go. */
  manifest(administrator: Administrator, vlan: number): object[] {
    const { namespace } = this;
    const { username, password, url, thumbprint } = administrator.account;
    return [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace, name: "vcenter" },
        stringData: { username, password },
      },
      this.object("VSphereServer", "lab", {
        url,
        thumbprint,
        credentialsSecretRef: { name: "vcenter" },
      }),
      this.object("VolumeStore", "volumes", {
        serverRef: { name: "lab" },
        datastore: { name: "hdd-1", path: `${namespace}/volumes` },
        reclaimPolicy: "Delete",
      }),
      this.object("VirtualContainerHost", "host", {
        serverRef: { name: "lab" },
        compute: { cluster: "Compute-1", cpu: { limitMHz: 9000 } },
        imageStore: { datastore: "ssd-1", path: `${namespace}/images` },
        volumeStores: [{ name: "default", ref: "volumes" }],
        networks: {
          bridge: { switch: "DVS-East", vlan },
          management: { portGroup: "VM Network" },
        },
        registries: {
          mirrors: [
            {
              registry: "docker.io",
              endpoint: `http://${this.installation.registry}`,
            },
          ],
        },
        containerDefaults: { cpus: 1, memoryMiB: 128 },
        deletionPolicy: "Delete",
      }),
    ];
  }

  /** A container's manifest; `more` is merged into its spec. */
  container(name: string, command: readonly string[], more: object = {}): object {
    const spec = { hostRef: { name: "host" }, image: "busybox", command, ...more };
    return this.object("ContainerVM", name, spec);
  }

  image(name: string, reference: string): object {
    return this.object("ContainerImage", name, { hostRef: { name: "host" }, image: reference });
  }

  apply(...objects: object[]): Promise<void> {
    return this.installation.apply(...objects);
  }

  async patch(kind: string, name: string, spec: object): Promise<void> {
    await this.kubectl("patch", kind, name, "--type=merge", "-p", JSON.stringify({ spec }));
  }

  async get<T>(kind: string, name: string): Promise<T> {
    return JSON.parse(await this.kubectl("get", kind, name, "-o", "json")) as T;
  }

  /** Waits until a container's status holds. */
  async until(
    name: string,
    what: string,
    holds: (status: ContainerVMStatus) => boolean,
  ): Promise<ContainerVMStatus> {
    const { status } = await untilSeen(
      `${this.namespace}/${name}: ${what}`,
      () => this.get<ContainerVM>("cvm", name),
      (container) => container.status !== undefined && holds(container.status),
    );
    return status ?? {};
  }

  /** Waits until a container's process runs and the guest's tools answer. */
  running(name: string, run?: number): Promise<ContainerVMStatus> {
    return this.until(
      name,
      "running",
      (status) =>
        status.state === "Running" &&
        status.tools === "Running" &&
        (run === undefined || status.run === run),
    );
  }

  exited(name: string, run?: number): Promise<ContainerVMStatus> {
    return this.until(
      name,
      "exited",
      (status) => status.state === "Exited" && (run === undefined || status.run === run),
    );
  }

  imageStatus(name: string): Promise<ContainerImage> {
    return this.get<ContainerImage>("cimg", name);
  }

  /** Waits until nothing of the kind is there under the name. */
  async gone(kind: string, name: string): Promise<void> {
    await untilSeen(
      `the end of ${kind} ${name}`,
      () => this.kubectl("get", kind, name, "--ignore-not-found", "-o", "yaml"),
      (text) => text === "",
    );
  }
}
