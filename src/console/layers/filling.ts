import { REASONS } from "../../api/conditions.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../kube/object.ts";
import {
  ImageError,
  parseReference,
  readRegistrySettings,
  RepositoryClient,
} from "../../oci/index.ts";
import type { ReconcileContext } from "../../reconcile/controller.ts";
import { RetryError } from "../../reconcile/errors.ts";
import type { Link } from "../links/link.ts";
import { diskKey, type UnpackProgress } from "../progress/unpack-progress.ts";
import type { SecretReader } from "../identities/secrets.ts";
import type { AttachedDisk } from "./plan.ts";
import type { UnpackResult } from "./progress.ts";
import { unpack } from "./unpack.ts";

export interface FillOptions {
  readonly readSecret: SecretReader;
  /** Is told how far the layers are. */
  readonly unpacking: UnpackProgress;
}

/** A disk that stands attached to a worker, and whose it is. */
interface Filling {
  readonly image: ContainerImage;
  readonly disk: AttachedDisk;
  readonly host: VirtualContainerHost;
  /** To the worker. */
  readonly link: Link;
}

/** Has a worker fill a disk. Returns what became of it; throws where that isn't known. */
export async function fill(
  { readSecret, unpacking }: FillOptions,
  { image, disk, host, link }: Filling,
  { signal, log }: ReconcileContext<ContainerImage>,
): Promise<UnpackResult> {
  const secretData = async (name: string) => {
    const data = await readSecret(host.metadata.namespace, name);
    return (
      data &&
      Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString("utf8")]))
    );
  };
  const key = diskKey(keyOf(host), disk.chainId);
  unpacking.begin(key);
  let registry: RepositoryClient | undefined;
  try {
    const own = image.spec.pullSecretRef?.name;
    // It was there when the image was resolved; whoever took it away may have given the host's credentials instead.
    const data = own === undefined ? undefined : await secretData(own);
    const settings = await readRegistrySettings(
      host.spec.registries,
      secretData,
      own === undefined || !data ? undefined : { name: own, data },
    );
    const reference = parseReference(image.spec.from ?? image.spec.image);
    const client = new RepositoryClient(reference, settings);
    registry = client;
    const job = {
      target: disk.attached.target,
      format: disk.parent === undefined,
      layers: disk.layers,
    };
    return await unpack(
      link,
      job,
      (layer, stop) => unpacking.counted(key, layer.digest, client.layer(layer, stop)),
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ImageError)
      return { result: "Failed", reason: error.code, message: error.message };
    log.warn({ error, disk: disk.chainId }, "unpacking was cut short");
    throw new RetryError(
      REASONS.LinkBroken,
      `unpacking disk ${disk.chainId} was cut short: ${(error as Error).message}`,
      error,
    );
  } finally {
    await registry?.close();
  }
}
