import { resolveImage, type ResolvedImage } from "../../../oci/index.ts";
import { DockerError } from "../../errors.ts";
import { isImageReady } from "../image-cache.ts";
import type { Handler } from "../../route.ts";
import { familiar, familiarRepository } from "../familiar.ts";
import { imageEvent } from "../image-event.ts";
import { registryError, registrySettings } from "../registries.ts";
import { readRegistryAuth } from "../registry-auth.ts";
import { supersedeOlder } from "../supersede.ts";
import { findOrRequest, obtain } from "./obtain.ts";
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

  const wanted = { reference, login, resolved };
  const first = await findOrRequest(tenant, wanted);
  const isThere = isImageReady(first.image);
  const raw = response.stream(200, { "Content-Type": "application/json" });
  const tell = (line: object): void => void raw.write(`${JSON.stringify(line)}\r\n`);
  tell({
    status: `Pulling from ${reference.repository}`,
    id: reference.digest ?? reference.tag,
  });
  try {
    if (!isThere) {
      await supersedeOlder(tenant, await obtain(tenant, wanted, first, tell, signal));
      tenant.events.publish(imageEvent("pull", name, repository, resolved.config.labels));
    }
    const done = isThere ? "Image is up to date" : "Downloaded newer image";
    tell({ status: `Digest: ${resolved.digest}` });
    tell({ status: `Status: ${done} for ${name}` });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ errorDetail: { message }, error: message });
  }
  raw.end();
};

const IMPORT = "images can't be imported: push them to a registry, and pull them from there";

const headerOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;
