import { DockerError } from "../errors.ts";
import type { Handler } from "../route.ts";
import { removeForced, removeStopped } from "./wishes/removal.ts";
import { resolveContainer } from "./lookup/resolve.ts";

/** `DELETE /containers/{name}`. There are no volumes that `v` could mean. */
export const remove: Handler = async (request, response, tenant) => {
  const name = request.params["name"]!;
  if (request.query.flag("link")) {
    throw new DockerError(501, "links are a thing of the past: there are none to remove");
  }
  const container = await resolveContainer(tenant, name);
  if (request.query.flag("force")) await removeForced(tenant, container, request.signal);
  else await removeStopped(tenant, container, name, request.signal);
  response.empty(204);
};
