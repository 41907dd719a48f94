import { randomBytes, randomUUID } from "node:crypto";
import { inject } from "vitest";
import type { ContainerVM } from "../../src/api/containervm.gen.ts";
import { containerId, instanceUuid } from "../../src/api/identity.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { deriveLinkKey } from "../../src/api/link-key.ts";
import { linkSecretName } from "../../src/api/naming.ts";
import type { ContainerAddress } from "../../src/console/client/console-client.ts";
import type { TlsCredentials } from "../../src/console/client/http2-pool.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { namespaceKind, secretKind } from "../../src/kube/core-kinds.ts";
import { createKubeClient } from "../../src/kube/http-client.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import type { RunningConsole } from "./running-console.ts";
import { SerialHost } from "./serial-host.ts";
import { HOST_SPEC } from "../control-plane/host-spec.ts";

const HOST = "host";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A VirtualContainerHost with its containers and the console's certificates, as the operator would have them. */
export class ConsoleInstallation {
  readonly namespace = `console-${randomUUID().slice(0, 8)}`;
  readonly user: KubeClient;
  readonly #hostId = randomUUID();
  readonly #secret = randomBytes(32);
  readonly #hosts: SerialHost[] = [];

  private constructor(user: KubeClient) {
    this.user = user;
  }

  static async create(credentials: TlsCredentials): Promise<ConsoleInstallation> {
    const made = new ConsoleInstallation(
      createKubeClient(await loadKubeconfig(inject("kubeconfig"))),
    );
    const { namespace, user } = made;
    await user.create(namespaceKind, { metadata: { name: namespace } });
    await user.create(secretKind, {
      metadata: { namespace, name: "vic-console-tls" },
      data: {
        "tls.crt": base64(credentials.cert),
        "tls.key": base64(credentials.key),
        "ca.crt": base64(credentials.ca),
      },
    });
    await user.create(secretKind, {
      metadata: { namespace, name: linkSecretName(HOST) },
      data: { key: made.#secret.toString("base64") },
    });
    await user.create(KINDS.VirtualContainerHost, {
      metadata: { namespace, name: HOST },
      spec: HOST_SPEC,
    });
    await user.applyStatus(
      KINDS.VirtualContainerHost,
      { metadata: { namespace, name: HOST }, status: { id: made.#hostId } },
      { fieldManager: "vic-test" },
    );
    return made;
  }

  async end(): Promise<void> {
    for (const host of this.#hosts) host.destroy();
    await this.user.delete(namespaceKind, { name: this.namespace });
    await this.user.close();
  }

  /** A container that nobody has done anything about yet. */
  putContainer(name: string, spec: Partial<ContainerVM["spec"]> = {}): Promise<ContainerVM> {
    return this.user.create(KINDS.ContainerVM, {
      metadata: { namespace: this.namespace, name },
      spec: { hostRef: { name: HOST }, image: "busybox", ...spec },
    });
  }

  addressOf(container: ContainerVM): ContainerAddress {
    return { namespace: this.namespace, host: HOST, id: idOf(container) };
  }

  /** The console's key, as the guest's configuration has it. */
  authorizedKey(container: ContainerVM): string {
    return deriveLinkKey(this.#secret, idOf(container)).authorizedKey;
  }

  /** Instance UUID of the container's VM. */
  uuidOf(container: ContainerVM): string {
    return instanceUuid(this.#hostId, idOf(container));
  }

  /** The ESXi host, which connects the VM's serial port. */
  dial({ serialPort }: RunningConsole, container: ContainerVM): SerialHost {
    const host = new SerialHost({
      port: serialPort,
      uuid: this.uuidOf(container),
      serviceUri: `vic.dev/${idOf(container)}`,
    });
    this.#hosts.push(host);
    return host;
  }

  /** Writes that the container runs, and what its agent reported. */
  async report({ metadata }: ContainerVM, run: number, hostKey: string): Promise<void> {
    await this.user.applyStatus(
      KINDS.ContainerVM,
      {
        metadata: { namespace: this.namespace, name: metadata.name },
        status: { id: containerId(metadata.uid), state: "Running", run, agent: { run, hostKey } },
      },
      { fieldManager: "vic-test" },
    );
  }
}

const idOf = ({ metadata }: ContainerVM): string => containerId(metadata.uid);
