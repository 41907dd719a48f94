import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import { resolveImage, type ImageReference, type ResolvedImage } from "../../../oci/index.ts";
import { DockerError } from "../../errors.ts";
import type { Handler } from "../../route.ts";
import type { Tenant } from "../../tenant.ts";
import { imagesOf, layersOf } from "../docker-image.ts";
import { imageEvent } from "../image-event.ts";
import { familiar, familiarRepository, referenceOf, sameReference } from "../familiar.ts";
import { registryError, registrySettings } from "../registries.ts";
import { readRegistryAuth } from "../registry-auth.ts";
import { supersedeOlder } from "../supersede.ts";
import { isImageReady, isSuperseded } from "../../image-cache.ts";
import { followProgress } from "./follow.ts";
import { awaitOutcome, outcomeOf, type ImageOutcome } from "./outcome.ts";
import { ProgressLines, type PullLine } from "./progress-lines.ts";
import { removeImage, requestImage } from "./request-image.ts";
import { checkPlatform, wantedImage } from "./wanted.ts";

/**
 * `POST /images/create`: asks the registry, then the operator, and tells how far it is. What goes wrong before the first line is a status, afterwards a line.
 */
export const pullImage: Handler = async (request, response, tenant) => {
  const { query, signal } = request;
  if (query.text("fromSrc") !== "") throw new DockerError(501, IMPORT);
  const reference = wantedImage(query.text("fromImage"), query.text("tag"));
  checkPlatform(query.text("platform"));
  const login = readRegistryAuth(headerOf(request.headers["x-registry-auth"]));
  const name = familiar(reference);
  const repository = familiarRepository(reference);

  let resolved: ResolvedImage;
  try {
    const settings = await registrySettings(tenant, reference.registry, login);
    resolved = await resolveImage(reference, settings, signal);
  } catch (error) {
    throw registryError(error, repository, name) ?? error;
  }

  const known = sameImage(tenant, reference, resolved.digest);
  const isThere = known !== undefined && isImageReady(known);
  const image = known ?? (await requestImage(tenant, { reference, login }));
  const raw = response.stream(200, { "Content-Type": "application/json" });
  const tell = (line: PullLine | object): void => void raw.write(`${JSON.stringify(line)}\r\n`);
  tell({
    status: `Pulling from ${reference.repository}`,
    id: reference.digest ?? reference.tag,
  });
  try {
    if (!isThere) {
      const outcome = await wait(tenant, image, resolved, tell, signal);
      if (outcome.type === "failed") {
        if (known === undefined) await removeImage(tenant, image);
        throw new DockerError(500, outcome.message);
      }
      await supersedeOlder(tenant, outcome.image);
      tenant.events.publish(imageEvent("pull", name, repository, resolved.config.labels));
    }
    const done = isThere ? "Image is up to date" : "Downloaded newer image";
    tell({ status: `Digest: ${resolved.digest}` });
    tell({ status: `Status: ${done} for ${name}` });
  } catch (error) {
    // Nobody waits for it any more. Where it is the gateway that goes, the operator finishes it.
    if (signal.aborted && !tenant.signal.aborted && known === undefined)
      await giveUp(tenant, image);
    const message = error instanceof Error ? error.message : String(error);
    tell({ errorDetail: { message }, error: message });
  }
  raw.end();
};

const IMPORT = "images can't be imported: push them to a registry, and pull them from there";

const headerOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** What there is of this very image under this name: Ready, or under way. */
function sameImage(
  tenant: Tenant,
  reference: ImageReference,
  digest: string,
): ContainerImage | undefined {
  const same = tenant.images.all().filter((image) => {
    const theirs = referenceOf(image);
    return (
      theirs !== undefined &&
      sameReference(theirs, reference) &&
      image.status?.digest === digest &&
      !isSuperseded(image) &&
      outcomeOf(image)?.type !== "failed"
    );
  });
  return same.find(isImageReady) ?? same[0];
}

async function giveUp(tenant: Tenant, image: ContainerImage): Promise<void> {
  const { namespace, name } = image.metadata;
  const now = tenant.imageInformer.store.get(`${namespace}/${name}`);
  if (now === undefined || !isImageReady(now)) await removeImage(tenant, image);
}

async function wait(
  tenant: Tenant,
  image: ContainerImage,
  { layers }: ResolvedImage,
  tell: (line: PullLine) => void,
  signal: AbortSignal,
): Promise<ImageOutcome> {
  const lines = new ProgressLines();
  const there = new Set(
    imagesOf(tenant).flatMap((each) => layersOf(each).map(({ digest }) => digest)),
  );
  lines
    .begin(
      layers.map(({ digest }) => digest),
      there,
    )
    .forEach(tell);
  const done = new AbortController();
  const following = followProgress(
    tenant,
    image,
    (progress) => lines.update(progress).forEach(tell),
    AbortSignal.any([signal, done.signal]),
  );
  try {
    const outcome = await awaitOutcome(tenant, image, signal);
    if (outcome.type === "ready") lines.end().forEach(tell);
    return outcome;
  } finally {
    done.abort();
    await following;
  }
}
