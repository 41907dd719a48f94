import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { KINDS } from "../../../api/kinds.ts";
import { isConflict, isNotFound } from "../../../kube/errors.ts";
import { DockerError } from "../../errors.ts";
import type { Tenant } from "../../tenant.ts";
import { waitFor } from "../waiting/waits.ts";
import { fresh } from "../lookup/fresh.ts";
import { isOver, removed, stopped } from "../waiting/outcome.ts";
import { isManifests, requestOf } from "./request.ts";
import { stateOf } from "../state/state.ts";

/** How often a deletion is tried that the operator's writes came before. */
const tries = 20;

/**
 * Deletes a container that doesn't run, and waits until operator and vSphere are done: then its name is free. Never one that somebody has started
 * meanwhile: what is deleted is what was looked at.
 *
 * @param shown how the client calls it
 * @throws DockerError 409 where it runs
 */
export async function removeStopped(
  tenant: Tenant,
  container: ContainerVM,
  shown: string,
  signal: AbortSignal,
): Promise<void> {
  let now = container;
  for (let attempt = 1; ; attempt += 1) {
    if (stateOf(now).running) now = await fresh(tenant, now);
    const { running, status } = stateOf(now);
    if (running) {
      throw new DockerError(
        409,
        `cannot remove container ${JSON.stringify(shown.slice(0, 128))}: container is ${status}: stop the container before removing or force remove`,
      );
    }
    const { namespace, name, uid, resourceVersion } = now.metadata;
    try {
      await tenant.client.delete(KINDS.ContainerVM, { namespace, name }, { uid, resourceVersion });
      break;
    } catch (error) {
      if (isNotFound(error)) break;
      if (!isConflict(error) || attempt === tries) throw error;
    }
    now = await fresh(tenant, now);
  }
  await waitFor(tenant.containerInformer, container, removed, signal);
}

/** Deletes a container whatever it does, and waits as {@link removeStopped} does. */
export async function removeForced(
  tenant: Tenant,
  container: ContainerVM,
  signal: AbortSignal,
): Promise<void> {
  const now = await fresh(tenant, container);
  if (!isOver(now)) await killFirst(tenant, now, signal);
  const { namespace, name, uid } = container.metadata;
  try {
    await tenant.client.delete(KINDS.ContainerVM, { namespace, name }, { uid });
  } catch (error) {
    // Gone meanwhile, by somebody else or by itself; another one may have its name.
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
  await waitFor(tenant.containerInformer, container, removed, signal);
}

/** Deleted while it runs, it would be asked to stop, for as long as its timeout says. */
async function killFirst(
  tenant: Tenant,
  container: ContainerVM,
  signal: AbortSignal,
): Promise<void> {
  // Whose power is the manifest's may be deleted all the same.
  if (isManifests(tenant, container)) return;
  const asked = await requestOf(tenant, container, { action: "Kill" });
  const seq = asked.spec.request!.seq;
  await waitFor(tenant.containerInformer, asked, stopped(seq), signal);
}
