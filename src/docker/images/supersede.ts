import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { FIELD_MANAGERS, LABELS } from "../../api/metadata.ts";
import { isNotFound } from "../../kube/errors.ts";
import { isSuperseded } from "../image-cache.ts";
import type { Tenant } from "../tenant.ts";
import { referenceOf, sameReference } from "./familiar.ts";
import { removeImage } from "./pull/request-image.ts";

/**
 * Takes a name away from all that had it before this image. One that is the same image, and that no container refers to, goes: it would only be there twice.
 */
export async function supersedeOlder(tenant: Tenant, image: ContainerImage): Promise<void> {
  const reference = referenceOf(image);
  if (reference === undefined) return;
  const inUse = new Set(tenant.containers.all().map(({ status }) => status?.imageRef?.name));
  for (const other of tenant.images.all()) {
    const theirs = referenceOf(other);
    if (theirs === undefined || !sameReference(theirs, reference)) continue;
    if (isSuperseded(other) || !isOlder(other, image)) continue;
    const isTwin =
      other.status?.imageId === image.status?.imageId && image.status?.imageId !== undefined;
    const isDockers = other.metadata.labels?.[LABELS.origin] === "docker";
    if (isTwin && isDockers && !inUse.has(other.metadata.name)) await removeImage(tenant, other);
    else await markSuperseded(tenant, other);
  }
}

/** From now on its reference means another image, or none. */
export async function markSuperseded(tenant: Tenant, { metadata }: ContainerImage): Promise<void> {
  const { namespace, name, uid } = metadata;
  const patch = { metadata: { uid, labels: { [LABELS.superseded]: "true" } } };
  try {
    await tenant.client.patch(
      KINDS.ContainerImage,
      { namespace, name },
      { type: "merge", patch },
      { fieldManager: FIELD_MANAGERS.gateway },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** In the order in which a name's meaning is decided: by age, and by name where that is the same second. */
const isOlder = (a: ContainerImage, b: ContainerImage): boolean =>
  (a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
    a.metadata.name.localeCompare(b.metadata.name)) < 0;
