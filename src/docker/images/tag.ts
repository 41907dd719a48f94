import { secretKind } from "../../kube/core-kinds.ts";
import { isNotFound } from "../../kube/errors.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { parseDockerConfig, type RegistryCredentials } from "../../oci/index.ts";
import { DockerError, invalidParameter } from "../errors.ts";
import type { Handler } from "../route.ts";
import type { Tenant } from "../tenant.ts";
import { demandImage } from "./docker-image.ts";
import { demandReference, familiar, originOf } from "./familiar.ts";
import { imageEvent } from "./image-event.ts";
import { awaitOutcome } from "./pull/outcome.ts";
import { removeImage, requestImage } from "./pull/request-image.ts";
import { supersedeOlder } from "./supersede.ts";

/** All layers are there: only the registry is asked, for what is known already. */
const PATIENCE_MS = 60_000;

/** `POST /images/{name}/tag`: another ContainerImage of the same content. */
export const tagImage: Handler = async (request, response, tenant) => {
  const repo = request.query.text("repo");
  const tag = request.query.text("tag") || "latest";
  const image = demandImage(tenant, request.params["name"] ?? "");
  if (repo === "") throw invalidParameter("a repository to tag it with is missing");
  const named = demandReference(repo);
  if (named.digest !== undefined)
    throw invalidParameter("refusing to create a tag with a digest reference");
  if (!/^\w[\w.-]{0,127}$/.test(tag)) throw invalidParameter("invalid tag format");
  const target = { registry: named.registry, repository: named.repository, tag };
  const name = familiar(target);
  if (!image.tags.includes(name)) {
    const [source] = image.resources;
    const origin = source && originOf(source);
    const digest = source?.status?.digest;
    if (source === undefined || origin === undefined || digest === undefined)
      throw new DockerError(500, `it isn't known where ${image.id} comes from`);
    const from = { registry: origin.registry, repository: origin.repository, digest };
    const login = await loginOf(tenant, source, origin.registry);
    const made = await requestImage(tenant, { reference: target, from, login });
    await finish(tenant, made, request.signal, name, image.id);
  }
  tenant.events.publish(
    imageEvent("tag", image.id, name, image.resources[0]?.status?.config?.labels),
  );
  response.empty(201);
};

/** Waits for the new name, so that the next call of anybody finds it; a name that can't be had leaves nothing behind. */
async function finish(
  tenant: Tenant,
  made: ContainerImage,
  signal: AbortSignal,
  name: string,
  imageId: string,
): Promise<void> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    const outcome = await awaitOutcome(tenant, made, patience);
    // Of several who give the same name at once one's stays.
    if (outcome.type === "failed" && tenant.images.resolve(name)?.status?.imageId === imageId)
      return;
    if (outcome.type === "failed") throw new DockerError(500, outcome.message);
    await supersedeOlder(tenant, outcome.image);
  } catch (error) {
    await removeImage(tenant, made);
    if (!patience.aborted || signal.aborted) throw error;
    throw new DockerError(503, `${name} isn't ready after a minute; try again later`, error);
  }
}

/** The login that the image was pulled with, where it had one of its own. */
async function loginOf(
  { client, namespace }: Tenant,
  { spec }: ContainerImage,
  registry: string,
): Promise<RegistryCredentials | undefined> {
  if (spec.pullSecretRef === undefined) return undefined;
  try {
    const secret = await client.get(secretKind, { namespace, name: spec.pullSecretRef.name });
    const text = Buffer.from(secret.data?.[".dockerconfigjson"] ?? "", "base64").toString("utf8");
    return parseDockerConfig(text)[registry];
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
