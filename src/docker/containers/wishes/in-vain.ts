import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { releaseOutput } from "../../attach/output-hold.ts";
import { DockerError } from "../../errors.ts";
import type { Tenant } from "../../tenant.ts";
import { fresh } from "../lookup/fresh.ts";
import { removeStopped } from "./removal.ts";
import { stateOf } from "../state/state.ts";

/**
 * Takes away what is removed when it ends and can't begin, as dockerd does before it answers a start that failed: `docker run --rm` waits for its removal,
 * and there will be no end upon which it would go. What may begin yet stays. Throws what it is given.
 */
export const removingInVain =
  (tenant: Tenant, container: ContainerVM, signal: AbortSignal) =>
  async (error: unknown): Promise<never> => {
    const isRefused = error instanceof DockerError && error.status !== 503;
    if (container.spec.autoRemove === true && isRefused) {
      await remove(tenant, container, signal).catch((cause: unknown) => {
        tenant.log.warn({ err: cause, container: container.metadata.name }, "it stays");
      });
    }
    throw error;
  };

async function remove(tenant: Tenant, container: ContainerVM, signal: AbortSignal): Promise<void> {
  const now = await fresh(tenant, container);
  if (stateOf(now).status !== "created" || stateOf(now).error !== "") return;
  // Nobody will ever read what it hasn't said.
  await releaseOutput(tenant, now);
  await removeStopped(tenant, now, now.metadata.name, signal);
}
