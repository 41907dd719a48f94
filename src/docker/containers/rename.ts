import type { ContainerName } from "../../api/containername.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { ANNOTATIONS } from "../../api/metadata.ts";
import { dockerNameOf, lostItsName } from "../../api/docker-name.ts";
import { ApiError } from "../../kube/errors.ts";
import { DockerError } from "../errors.ts";
import { checkName, claimName, dropClaim, newHolder, releaseName } from "../names/claim.ts";
import type { Handler } from "../route.ts";
import type { Tenant } from "../tenant.ts";
import { settled } from "./waiting/waits.ts";
import { change } from "./wishes/request.ts";
import { resolveContainer } from "./lookup/resolve.ts";

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
  const claim = await allocating(() => {
    checkName(name, `/${name}`);
    return claimName(tenant, name, holder);
  });
  const renamed = await take(tenant, container, claim);
  try {
    await releaseName(tenant, container, former);
  } catch (error) {
    // It has the new name: the operator sweeps the claim to the old one.
    tenant.log.debug({ err: error, name: former }, "cannot give a name back");
  }
  await settled(tenant.containerInformer, renamed, request.signal);
  response.empty(204);
};

/** Takes a name that is claimed; where it surely isn't taken, the claim is given back. */
async function take(
  tenant: Tenant,
  container: ContainerVM,
  claim: ContainerName,
): Promise<ContainerVM> {
  const { holder, name } = claim.spec;
  try {
    return await change(tenant, container, {
      metadata: { annotations: { [ANNOTATIONS.nameHolder]: holder } },
      spec: { name },
    });
  } catch (error) {
    const isRefused = error instanceof DockerError && error.status === 404;
    if (isRefused || (error instanceof ApiError && error.code < 500))
      await dropClaim(tenant, claim);
    throw error;
  }
}

async function allocating<T>(claim: () => Promise<T>): Promise<T> {
  try {
    return await claim();
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new DockerError(error.status, prefix + error.message, error);
  }
}
