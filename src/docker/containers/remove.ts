import type { ContainerVM } from "../../api/containervm.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { isConflict, isNotFound } from "../../kube/errors.ts";
import { DockerError, noSuchContainer } from "../errors.ts";
import type { Handler } from "../route.ts";
import type { Tenant } from "../tenant.ts";
import { waitFor } from "../waits.ts";
import { fresh } from "./fresh.ts";
import { removed } from "./outcome.ts";
import { resolveContainer } from "./resolve.ts";
import { stateOf } from "./state.ts";

/** `DELETE /containers/{name}`. There are no volumes that `v` could mean. */
export const remove: Handler = async (request, response, tenant) => {
  const name = request.params["name"]!;
  if (request.query.flag("link")) {
    throw new DockerError(501, "links are a thing of the past: there are none to remove");
  }
  const force = request.query.flag("force");
  let container = await resolveContainer(tenant, name);
  if (stateOf(container).running && !force) container = await fresh(tenant, container);
  const { running, status } = stateOf(container);
  if (running && !force) {
    const what = status === "restarting" ? "restarting" : "running";
    throw new DockerError(
      409,
      `cannot remove container ${JSON.stringify(name.slice(0, 128))}: container is ${what}: stop the container before removing or force remove`,
    );
  }
  await removeContainer(tenant, container, request.signal);
  response.empty(204);
};

/** Deletes the resource, and waits until operator and vSphere are done: then its name is free. */
export async function removeContainer(
  tenant: Tenant,
  container: ContainerVM,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = container.metadata;
  try {
    await tenant.client.delete(KINDS.ContainerVM, { namespace, name }, { uid });
  } catch (error) {
    // Another one has its name by now.
    if (isConflict(error) || isNotFound(error)) throw noSuchContainer(container.metadata.name);
    throw error;
  }
  await waitFor(tenant.containerInformer, container, removed, signal);
}
