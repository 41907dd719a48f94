import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { isSuperseded } from "../../api/superseded.ts";
import { formatReference } from "../../oci/index.ts";
import { isImageReady } from "./image-cache.ts";
import type { Tenant } from "../tenant.ts";
import {
  familiar,
  familiarRepository,
  noSuchImageNamed,
  originOf,
  referenceOf,
} from "./familiar.ts";

/** What Docker calls an image: all ContainerImages with one id, each a name of it. */
export interface DockerImage {
  /** `sha256:…`, the digest of its configuration. */
  readonly id: string;
  /** The newest first. */
  readonly resources: readonly ContainerImage[];
  /** As people write them, sorted. */
  readonly tags: readonly string[];
  /** `repository@digest`, sorted. */
  readonly digests: readonly string[];
}

/** All images of a host that are there. Pure but for what the cache holds. */
export function imagesOf(tenant: Tenant): readonly DockerImage[] {
  return groupImages(tenant.images.all());
}

/** The image that a client means. @throws DockerError 404, or 400 where the beginning of an id is ambiguous */
export function demandImage(tenant: Tenant, text: string): DockerImage {
  const found = tenant.images.resolve(text);
  const image = imagesOf(tenant).find(({ id }) => id === found?.status?.imageId);
  if (image === undefined) throw noSuchImageNamed(text);
  return image;
}

/** Images as Docker sees them: ContainerImages that are Ready, those of one id together. Pure. */
export function groupImages(resources: readonly ContainerImage[]): readonly DockerImage[] {
  const ready = resources
    .filter((image) => isImageReady(image) && image.status?.imageId !== undefined)
    .toSorted(newestFirst);
  const meant = tagHolders(ready);
  const byId = Map.groupBy(ready, ({ status }) => status?.imageId ?? "");
  return [...byId].map(([id, images]) => ({
    id,
    resources: images,
    tags: [...new Set(images.filter((image) => meant.has(image)).map(tagOf))].sort(),
    digests: [...new Set(images.flatMap(digestsOf))].sort(),
  }));
}

/** Of each reference with a tag the one that it means now: the newest that isn't superseded. */
function tagHolders(newestFirstImages: readonly ContainerImage[]): ReadonlySet<ContainerImage> {
  const holders = new Map<string, ContainerImage>();
  for (const image of newestFirstImages) {
    const reference = referenceOf(image);
    if (reference?.tag === undefined || reference.digest !== undefined) continue;
    const key = formatReference(reference);
    if (!isSuperseded(image) && !holders.has(key)) holders.set(key, image);
  }
  return new Set(holders.values());
}

const newestFirst = (a: ContainerImage, b: ContainerImage): number =>
  b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) ||
  b.metadata.name.localeCompare(a.metadata.name);

function tagOf(image: ContainerImage): string {
  const reference = referenceOf(image);
  return reference === undefined ? "" : familiar(reference);
}

function digestsOf(image: ContainerImage): readonly string[] {
  const origin = originOf(image);
  const digest = image.status?.digest;
  if (origin === undefined || digest === undefined) return [];
  return [`${familiarRepository(origin)}@${digest}`];
}

/** The containers that were made of an image, of all names of it. */
export const usersOf = (tenant: Tenant, image: DockerImage): readonly ContainerVM[] => {
  const names = new Set(image.resources.map(({ metadata }) => metadata.name));
  return tenant.containers
    .all()
    .filter(
      ({ status }) => status?.imageId === image.id || names.has(status?.imageRef?.name ?? ""),
    );
};

/** All layers, the lowest first. */
export const layersOf = ({ resources }: DockerImage) =>
  (resources[0]?.status?.disks ?? []).flatMap(({ layers }) => layers);
