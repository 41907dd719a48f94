import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import { isSuperseded } from "../../../api/superseded.ts";
import type { ImageReference, RegistryCredentials, ResolvedImage } from "../../../oci/index.ts";
import { DockerError } from "../../errors.ts";
import { isImageReady } from "../image-cache.ts";
import type { Tenant } from "../../tenant.ts";
import { imagesOf, layersOf } from "../docker-image.ts";
import { referenceOf, sameReference } from "../familiar.ts";
import { followProgress } from "./follow.ts";
import { awaitOutcome, DELETED, type ImageOutcome, outcomeOf } from "./outcome.ts";
import { ProgressLines, type PullLine } from "./progress-lines.ts";
import { removeImage, requestImage } from "./request-image.ts";

/** What a client wants, and what its registry said it is. */
export interface Wanted {
  readonly reference: ImageReference;
  readonly login: RegistryCredentials | undefined;
  readonly resolved: ResolvedImage;
}

/** An image that is awaited: this pull's own, or somebody else's who wants the same. */
export interface Awaited {
  readonly image: ContainerImage;
  readonly isOwn: boolean;
}

/** How often an image that somebody took away in the middle is asked for again. */
const TRIES = 3;

/** What there is of this very image under this name, Ready or under way; else asks the operator for it. */
export async function findOrRequest(tenant: Tenant, wanted: Wanted): Promise<Awaited> {
  const { reference, login, resolved } = wanted;
  const same = tenant.images.all().filter((image) => {
    const theirs = referenceOf(image);
    return (
      theirs !== undefined &&
      sameReference(theirs, reference) &&
      image.status?.digest === resolved.digest &&
      !isSuperseded(image) &&
      outcomeOf(image)?.type !== "failed"
    );
  });
  const found = same.find(isImageReady) ?? same[0];
  if (found !== undefined) return { image: found, isOwn: false };
  return { image: await requestImage(tenant, { reference, login }), isOwn: true };
}

/**
 * Waits until an image is there, and tells how far it is. Of several who pull the same at once one's image stays: the others find it then. A client that goes
 * takes its own image along.
 *
 * @throws DockerError where it can't be had; the signal's reason
 */
export async function obtain(
  tenant: Tenant,
  wanted: Wanted,
  first: Awaited,
  tell: (line: PullLine) => void,
  signal: AbortSignal,
): Promise<ContainerImage> {
  const lines = new ProgressLines();
  const there = new Set(
    imagesOf(tenant).flatMap((each) => layersOf(each).map(({ digest }) => digest)),
  );
  const layers = wanted.resolved.layers.map(({ digest }) => digest);
  lines.begin(layers, there).forEach(tell);
  let awaited = first;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await follow(tenant, awaited, lines, tell, signal);
    if (outcome.type === "ready") {
      lines.end().forEach(tell);
      return outcome.image;
    }
    if (outcome.reason !== DELETED || attempt === TRIES) {
      if (awaited.isOwn) await removeImage(tenant, awaited.image);
      throw new DockerError(500, outcome.message);
    }
    awaited = await findOrRequest(tenant, wanted);
  }
}

async function follow(
  tenant: Tenant,
  { image, isOwn }: Awaited,
  lines: ProgressLines,
  tell: (line: PullLine) => void,
  signal: AbortSignal,
): Promise<ImageOutcome> {
  const done = new AbortController();
  const following = followProgress(
    tenant,
    image,
    (progress) => lines.update(progress).forEach(tell),
    AbortSignal.any([signal, done.signal]),
  );
  try {
    return await awaitOutcome(tenant, image, signal);
  } catch (error) {
    // Nobody waits for it any more. Where it is the gateway that goes, the operator finishes it.
    if (isOwn && !tenant.signal.aborted) await giveUp(tenant, image);
    throw error;
  } finally {
    done.abort();
    await following;
  }
}

async function giveUp(tenant: Tenant, image: ContainerImage): Promise<void> {
  const { namespace, name } = image.metadata;
  const now = tenant.imageInformer.store.get(`${namespace}/${name}`);
  if (now === undefined || !isImageReady(now)) await removeImage(tenant, image);
}
