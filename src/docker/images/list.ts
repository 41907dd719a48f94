import { Filters } from "../filters/filters.ts";
import { parseMoment } from "../filters/moment.ts";
import type { Handler } from "../route.ts";
import type { Tenant } from "../tenant.ts";
import { type DockerImage, demandImage, imagesOf, layersOf, usersOf } from "./docker-image.ts";
import { referencePattern } from "./reference-pattern.ts";

const KEYS = ["dangling", "label", "label!", "before", "since", "reference", "until"];

/** `GET /images/json`. */
export const listImages: Handler = async (request, response, tenant) => {
  const filters = Filters.parse(request.query.text("filters"), KEYS);
  const shared = request.query.flag("shared-size");
  const images = imagesOf(tenant);
  const chosen = chooseImages(tenant, images, filters);
  const listed = chosen.map((image) => ({
    Containers: request.minor >= 51 ? usersOf(tenant, image).length : -1,
    Created: createdOf(image),
    Id: image.id,
    Labels: image.resources[0]?.status?.config?.labels ?? null,
    ParentId: "",
    RepoDigests: image.digests,
    RepoTags: image.tags,
    SharedSize: shared ? sharedSize(image, images) : -1,
    Size: sizeOf(image),
    ...(request.minor < 44 ? { VirtualSize: sizeOf(image) } : {}),
  }));
  response.json(200, listed.map(request.minor < 43 ? withoutEmptyNames : (image) => image));
};

/** Bytes as the registry keeps them. */
export const sizeOf = ({ resources }: DockerImage): number => resources[0]?.status?.sizeBytes ?? 0;

/** Seconds since 1970 of when it was built; 0 where it doesn't say. */
export const createdOf = ({ resources }: DockerImage): number => {
  const created = Date.parse(resources[0]?.status?.config?.created ?? "");
  return Number.isNaN(created) ? 0 : Math.floor(created / 1_000);
};

/** Those that the filters leave, the newest first. @throws DockerError 400, 404 */
export function chooseImages(
  tenant: Tenant,
  images: readonly DockerImage[],
  filters: Filters,
): readonly DockerImage[] {
  const dangling = filters.flag("dangling");
  const times = (key: string): readonly number[] =>
    filters.all(key).map((name) => createdOf(demandImage(tenant, name)));
  const before = Math.min(Infinity, ...times("before"));
  const since = Math.max(-Infinity, ...times("since"));
  const until = Math.min(
    Infinity,
    ...filters.all("until").map((text) => parseMoment(text) / 1_000),
  );
  const patterns = filters.all("reference").map(referencePattern);
  return images
    .filter(
      (image) =>
        (dangling === undefined || dangling === (image.tags.length === 0)) &&
        filters.matchesLabels(image.resources[0]?.status?.config?.labels) &&
        createdOf(image) < Math.min(before, until) &&
        createdOf(image) > since,
    )
    .map((image) =>
      patterns.length === 0
        ? image
        : {
            ...image,
            tags: image.tags.filter((tag) => patterns.some((matches) => matches(tag))),
            digests: image.digests.filter((digest) => patterns.some((matches) => matches(digest))),
          },
    )
    .filter(({ tags, digests }) => patterns.length === 0 || tags.length + digests.length > 0)
    .toSorted((a, b) => createdOf(b) - createdOf(a) || a.id.localeCompare(b.id));
}

/** Bytes of layers that other images have too. */
function sharedSize(image: DockerImage, all: readonly DockerImage[]): number {
  const others = new Set(
    all.filter(({ id }) => id !== image.id).flatMap((other) => layersOf(other).map(digestOf)),
  );
  return layersOf(image)
    .filter((layer) => others.has(digestOf(layer)))
    .reduce((sum, { size }) => sum + size, 0);
}

const digestOf = ({ digest }: { readonly digest: string }): string => digest;

interface Named {
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
}

/** What a list had before API 1.43 where there was no name. */
const withoutEmptyNames = (image: Named): Named => ({
  ...image,
  RepoTags: image.RepoTags.length > 0 ? image.RepoTags : ["<none>:<none>"],
  RepoDigests: image.RepoDigests.length > 0 ? image.RepoDigests : ["<none>@<none>"],
});
