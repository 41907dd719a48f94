// The operator's part in images, as far as the gateway sees it, for tests that have no vCenter: what a registry says becomes status, and disks are there at once.
import type { ContainerImage } from "../../src/api/containerimage.gen.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { FIELD_MANAGERS } from "../../src/api/metadata.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { secretKind } from "../../src/kube/core-kinds.ts";
import { isNotFound } from "../../src/kube/errors.ts";
import {
  formatReference,
  parseReference,
  planChain,
  readRegistrySettings,
  resolveImage,
} from "../../src/oci/index.ts";
import type { RunningGateway } from "./running-gateway.ts";

export class ImageOperator {
  readonly #client: KubeClient;
  readonly #detach: () => void;
  /** While it is set, nothing becomes Ready. */
  held: Promise<void> | undefined;
  /** Reason and message with which the next ones fail. */
  failing: readonly [string, string] | undefined;

  constructor(gateway: RunningGateway, client: KubeClient, namespace: string) {
    this.#client = client;
    this.#detach = gateway.informers.of(KINDS.ContainerImage).addHandler({
      add: (image) => {
        if (image.metadata.namespace === namespace) void this.#serve(image);
      },
    });
  }

  close(): void {
    this.#detach();
  }

  async #serve(image: ContainerImage): Promise<void> {
    if (this.failing) return this.#tell(image, {}, "False", ...this.failing);
    await this.held;
    const { namespace } = image.metadata;
    const own = image.spec.pullSecretRef?.name;
    const data = own === undefined ? undefined : await this.#secret(namespace, own);
    const settings = await readRegistrySettings(
      undefined,
      () => Promise.resolve(undefined),
      own === undefined || data === undefined ? undefined : { name: own, data },
    );
    const wanted = parseReference(image.spec.from ?? image.spec.image);
    const found = await resolveImage(wanted, settings);
    const { entrypoint, cmd, env, labels, created } = found.config;
    const disks = planChain(found.layers).map(({ chainId, layers }) => ({
      chainId,
      layers: [...layers],
      path: `[ds] ${chainId}.vmdk`,
      state: "Ready" as const,
    }));
    const status = {
      reference: formatReference(parseReference(image.spec.image)),
      digest: found.digest,
      imageId: found.imageId,
      sizeBytes: found.size,
      config: {
        entrypoint: [...entrypoint],
        cmd: [...cmd],
        env: [...env],
        labels: { ...labels },
        ...(created === undefined ? {} : { created }),
      },
      disks,
    };
    await this.#tell(image, status, "True", "Available", "");
  }

  /** The gateway makes it a moment after the image. */
  async #secret(namespace: string, name: string): Promise<Record<string, string> | undefined> {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      try {
        const { data = {} } = await this.#client.get(secretKind, { namespace, name });
        const entries = Object.entries(data);
        return Object.fromEntries(
          entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
        );
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    return undefined;
  }

  async #tell(
    { metadata }: ContainerImage,
    status: NonNullable<ContainerImage["status"]>,
    ready: "True" | "False",
    reason: string,
    message: string,
  ): Promise<void> {
    const { namespace, name } = metadata;
    const condition = { type: "Ready", status: ready, reason, message };
    const lastTransitionTime = new Date().toISOString();
    try {
      await this.#client.applyStatus(
        KINDS.ContainerImage,
        {
          metadata: { namespace, name },
          status: { ...status, conditions: [{ ...condition, lastTransitionTime }] },
        },
        { fieldManager: FIELD_MANAGERS.operator },
      );
    } catch (error) {
      // It was taken away meanwhile.
      if (!isNotFound(error)) throw error;
    }
  }
}
