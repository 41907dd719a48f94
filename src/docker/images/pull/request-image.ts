import { randomBytes } from "node:crypto";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import { API_VERSION, KINDS } from "../../../api/kinds.ts";
import { FIELD_MANAGERS, LABELS } from "../../../api/metadata.ts";
import { secretKind } from "../../../kube/core-kinds.ts";
import { isNotFound } from "../../../kube/errors.ts";
import {
  formatReference,
  type ImageReference,
  type RegistryCredentials,
} from "../../../oci/index.ts";
import type { Tenant } from "../../tenant.ts";

export interface ImageRequest {
  readonly reference: ImageReference;
  /** With digest: what is fetched under this name. */
  readonly from?: ImageReference | undefined;
  readonly login?: RegistryCredentials | undefined;
}

/**
 * Asks the operator for an image: a ContainerImage, and a Secret with the client's login where there is one. The Secret comes second, because it is the image's,
 * so that it goes with it; the operator waits for it.
 */
export async function requestImage(tenant: Tenant, request: ImageRequest): Promise<ContainerImage> {
  const { client, namespace } = tenant;
  const name = newName();
  const { reference, from, login } = request;
  const image = await client.create(
    KINDS.ContainerImage,
    {
      metadata: {
        namespace,
        name,
        labels: { [LABELS.host]: tenant.name, [LABELS.origin]: "docker" },
      },
      spec: {
        hostRef: { name: tenant.name },
        image: formatReference(reference),
        ...(from === undefined ? {} : { from: formatReference(from) }),
        ...(login === undefined ? {} : { pullSecretRef: { name } }),
      },
    },
    { fieldManager: FIELD_MANAGERS.gateway },
  );
  try {
    if (login !== undefined) await createSecret(tenant, image, from ?? reference, login);
  } catch (error) {
    await removeImage(tenant, image);
    throw error;
  }
  return image;
}

/** Sorts by time: the API server's times are whole seconds, and the newest of a name is the one that counts. */
const newName = (): string =>
  `img-${Date.now().toString(36).padStart(9, "0")}-${randomBytes(4).toString("hex")}`;

async function createSecret(
  { client }: Tenant,
  { metadata }: ContainerImage,
  { registry }: ImageReference,
  login: RegistryCredentials,
): Promise<void> {
  // The name under which Docker keeps its Hub.
  const key = registry === "docker.io" ? "https://index.docker.io/v1/" : registry;
  await client.create(
    secretKind,
    {
      metadata: {
        namespace: metadata.namespace,
        name: metadata.name,
        ownerReferences: [
          {
            apiVersion: API_VERSION,
            kind: KINDS.ContainerImage.kind,
            name: metadata.name,
            uid: metadata.uid,
          },
        ],
      },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": JSON.stringify({ auths: { [key]: login } }) },
    },
    { fieldManager: FIELD_MANAGERS.gateway },
  );
}

/** Deletes exactly this one. Resolves where it is gone already. */
export async function removeImage(tenant: Tenant, { metadata }: ContainerImage): Promise<void> {
  const { namespace, name, uid } = metadata;
  try {
    await tenant.client.delete(KINDS.ContainerImage, { namespace, name }, { uid });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
