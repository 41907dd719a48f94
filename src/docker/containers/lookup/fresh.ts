import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { shownName } from "../../../api/docker-name.ts";
import { KINDS } from "../../../api/kinds.ts";
import { ApiError, isNotFound, TransportError } from "../../../kube/errors.ts";
import { noSuchContainer } from "../../errors.ts";
import type { Tenant } from "../../tenant.ts";

const timeoutMs = 3_000;

/**
 * The container as the API server has it: what another gateway did a moment ago may not be in the cache yet, and nothing is refused for what isn't so
 * any more. The cache's where the API server doesn't answer.
 *
 * @throws DockerError 404 where it is gone
 */
export async function fresh(tenant: Tenant, container: ContainerVM): Promise<ContainerVM> {
  const { uid, namespace, name } = container.metadata;
  try {
    const now = await tenant.client.get(KINDS.ContainerVM, { namespace, name }, { timeoutMs });
    if (now.metadata.uid === uid) return now;
  } catch (error) {
    const isKnown = error instanceof ApiError || error instanceof TransportError;
    if (!isKnown) throw error;
    if (!isNotFound(error)) return container;
  }
  throw noSuchContainer(shownName(container));
}
