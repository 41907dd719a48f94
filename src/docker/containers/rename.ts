import { ANNOTATIONS } from "../../api/metadata.ts";
import { dockerNameOf } from "../../api/docker-name.ts";
import { ApiError } from "../../kube/errors.ts";
import { DockerError } from "../errors.ts";
import { checkName, claimName, dropClaim, newHolder, releaseName } from "../names/claim.ts";
import type { Handler } from "../route.ts";
import { settled } from "../waits.ts";
import { lostItsName } from "./cache.ts";
import { change } from "./request.ts";
import { resolveContainer } from "./resolve.ts";

const prefix = "Error when allocating new name: ";

/**
 * `POST /containers/{name}/rename`: claims the new name, takes it, gives the old one back. A gateway killed in between leaves one claim too many,
 * which the operator sweeps.
 */
export const rename: Handler = async (request, response, tenant) => {
  const name = request.query.text("name").replace(/^\//, "");
  if (name === "") throw new DockerError(400, "Neither old nor new names may be empty");
  const container = await resolveContainer(tenant, request.params["name"]!);
  const former = dockerNameOf(container);
  if (name === former && !lostItsName(container)) {
    throw new DockerError(400, "Renaming a container with the same name as its current name");
  }
  const holder = newHolder();
  await allocating(async () => {
    checkName(name, `/${name}`);
    await claimName(tenant, name, holder);
  });
  try {
    const renamed = await change(tenant, container, {
      metadata: { annotations: { [ANNOTATIONS.nameHolder]: holder } },
      spec: { name },
    });
    await releaseName(tenant, container, former);
    await settled(tenant.containerInformer, renamed, request.signal);
  } catch (error) {
    const isRefused = error instanceof DockerError && error.status === 404;
    if (isRefused || (error instanceof ApiError && error.code < 500)) await dropClaim(tenant, name);
    throw error;
  }
  response.empty(204);
};

async function allocating(claim: () => Promise<void>): Promise<void> {
  try {
    await claim();
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new DockerError(error.status, prefix + error.message, error);
  }
}
