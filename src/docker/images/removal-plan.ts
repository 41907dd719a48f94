import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { DockerError } from "../errors.ts";
import { type DockerImage } from "./docker-image.ts";
import { familiar, familiarRepository, readReference, referenceOf } from "./familiar.ts";

/** A container that was made of an image. */
export interface ImageUser {
  readonly id: string;
  readonly running: boolean;
}

/** What removing does, and what the client is told of it. */
export interface RemovalPlan {
  readonly remove: readonly ContainerImage[];
  /** The name goes, the image stays. */
  readonly untag: readonly ContainerImage[];
  readonly told: readonly ({ readonly Untagged: string } | { readonly Deleted: string })[];
}

/**
 * Decides what `docker rmi` means, as dockerd does. Pure.
 *
 * @param text what the client wrote: a name of the image, or its id or the beginning of it
 * @throws DockerError 409 in dockerd's words
 */
export function planRemoval(
  image: DockerImage,
  text: string,
  force: boolean,
  users: readonly ImageUser[],
): RemovalPlan {
  const name = nameOf(image, text);
  return name === undefined
    ? removalById(image, text, force, users)
    : removalOfName(image, text, name, force, users);
}

/** The tag or digest that the client wrote; undefined where it is an id. */
function nameOf({ tags, digests, id }: DockerImage, text: string): string | undefined {
  const reference = readReference(text);
  const name = reference === undefined ? undefined : familiar(reference);
  if (name !== undefined && (tags.includes(name) || digests.includes(name))) return name;
  // A tag that isn't the newest's can't be written, so it must have been the id.
  return id.startsWith(text) || id.startsWith(`sha256:${text}`) ? undefined : name;
}

function removalById(
  image: DockerImage,
  text: string,
  force: boolean,
  users: readonly ImageUser[],
): RemovalPlan {
  const running = users.find((user) => user.running);
  if (running !== undefined) throw inUse(image, "cannot be forced", "running", running);
  const repositories = new Set([...image.tags, ...image.digests].map((each) => repositoryOf(each)));
  if (repositories.size > 1 && !force) {
    const short = text.replace(/^sha256:/, "").slice(0, 12);
    throw new DockerError(
      409,
      `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
    );
  }
  const [user] = users;
  if (user !== undefined && !force) throw inUse(image, "must be forced", "stopped", user);
  return whole(image);
}

function removalOfName(
  image: DockerImage,
  text: string,
  name: string,
  force: boolean,
  users: readonly ImageUser[],
): RemovalPlan {
  const mine = image.resources.filter((resource) => isNamed(resource, name));
  const isLast = image.tags.every((tag) => tag === name);
  if (!isLast && image.tags.includes(name)) {
    return { remove: mine, untag: [], told: [{ Untagged: name }] };
  }
  if (!isLast) {
    // Docker keeps digests as references of their own; here they are facts about what a tag names.
    throw new DockerError(
      409,
      `conflict: unable to remove repository reference ${JSON.stringify(text)} - the image has the tag ${image.tags.join(", ")}; remove that`,
    );
  }
  const [user] = users;
  if (user !== undefined && !force) {
    throw new DockerError(
      409,
      `conflict: unable to remove repository reference ${JSON.stringify(text)} (must force) - container ${user.id.slice(0, 12)} is using its referenced image ${shortId(image)}`,
    );
  }
  if (users.some(({ running }) => running)) {
    const untagged = [...image.tags, ...image.digests].map((each) => ({ Untagged: each }));
    return { remove: [], untag: image.resources, told: untagged };
  }
  return whole(image);
}

const isNamed = (resource: ContainerImage, name: string): boolean => {
  const reference = referenceOf(resource);
  return reference !== undefined && familiar(reference) === name;
};

const whole = (image: DockerImage): RemovalPlan => ({
  remove: image.resources,
  untag: [],
  told: [
    ...[...image.tags, ...image.digests].map((each) => ({ Untagged: each })),
    { Deleted: image.id },
  ],
});

const shortId = ({ id }: DockerImage): string => id.replace(/^sha256:/, "").slice(0, 12);

function repositoryOf(name: string): string {
  const reference = readReference(name);
  return reference === undefined ? name : familiarRepository(reference);
}

const inUse = (image: DockerImage, how: string, state: string, user: ImageUser): DockerError =>
  new DockerError(
    409,
    `conflict: unable to delete ${shortId(image)} (${how}) - image is being used by ${state} container ${user.id.slice(0, 12)}`,
  );
