import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { FIELD_MANAGERS, LABELS } from "../../api/metadata.ts";
import { isSuperseded } from "../../api/superseded.ts";
import { isNotFound } from "../../kube/errors.ts";
import { isImageReady } from "./image-cache.ts";
import type { Tenant } from "../tenant.ts";
import { referenceOf, sameReference } from "./familiar.ts";
import { removeImage } from "./pull/request-image.ts";

/**
 * Takes a name away from all that had it before this image. One that is the same image, and that no container refers to, goes: it would only be there twice.
 * So does this one, where somebody who pulled the same at once has a newer one.
 */
export async function supersedeOlder(tenant: Tenant, image: ContainerImage): Promise<void> {
  const reference = referenceOf(image);
  if (reference === undefined) return;
  for (const other of tenant.images.all()) {
    const theirs = referenceOf(other);
    if (theirs === undefined || !sameReference(theirs, reference)) continue;
    if (isOlder(other, image)) await retire(tenant, other, image);
    else if (isOlder(image, other) && isImageReady(other) && isTwin(image, other))
      await retire(tenant, image, other);
  }
}

async function retire(tenant: Tenant, old: ContainerImage, by: ContainerImage): Promise<void> {
  const { name, labels } = old.metadata;
  const isUsed = tenant.containers.all().some(({ status }) => status?.imageRef?.name === name);
  const isDockers = labels?.[LABELS.origin] === "docker";
  if (isTwin(old, by) && isDockers && !isUsed) await removeImage(tenant, old);
  else if (!isSuperseded(old)) await markSuperseded(tenant, old);
}

const isTwin = (a: ContainerImage, b: ContainerImage): boolean =>
  a.status?.imageId !== undefined && a.status.imageId === b.status?.imageId;

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
