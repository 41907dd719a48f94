import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { refuseToCreate, refuseToRun, roomOfAll, takesRoom } from "../../../api/quota.ts";
import { DockerError } from "../../errors.ts";
import type { Tenant } from "../../tenant.ts";
import { requestOf } from "./request.ts";

// The operator decides who gets the room of `spec.quota`. What is known to be in vain is refused before it is written.

/** @throws DockerError 403 where the host has as many containers as it may */
export function checkRoomToCreate(tenant: Tenant): void {
  const host = tenant.host();
  if (host.spec.quota?.containers === undefined) return;
  const isThere = ({ metadata }: ContainerVM): boolean => metadata.deletionTimestamp === undefined;
  throwIf(refuseToCreate(host, tenant.containers.all().filter(isThere).length));
}

/** @throws DockerError 403 where the containers that run leave no room for this one */
export function checkRoomToRun(tenant: Tenant, container: ContainerVM): void {
  const host = tenant.host();
  const isOther = ({ metadata }: ContainerVM): boolean => metadata.uid !== container.metadata.uid;
  const others = () => tenant.containers.all().filter((each) => isOther(each) && takesRoom(each));
  throwIf(refuseToRun(host, container, () => roomOfAll(others(), host)));
}

function throwIf(refusal: string | undefined): void {
  if (refusal !== undefined) throw new DockerError(403, refusal);
}

/** The operator's refusal. */
class QuotaError extends DockerError {}

/** What the operator says of a container that the quota has no room for; undefined where it has. */
export function refusalOf({
  metadata,
  status,
}: Pick<ContainerVM, "metadata" | "status">): DockerError | undefined {
  const told = status?.conditions?.find(({ type }) => type === CONDITIONS.Stalled);
  const isCurrent = told?.observedGeneration === metadata.generation;
  const isRefused = told?.status === "True" && told.reason === REASONS.QuotaExceeded;
  return isRefused && isCurrent ? new QuotaError(403, told.message) : undefined;
}

/** Takes a wish back that was refused: dockerd's failed start doesn't happen later either. Throws what it is given. */
export const takingBack =
  (tenant: Tenant, asked: ContainerVM) =>
  async (error: unknown): Promise<never> => {
    if (error instanceof QuotaError) await requestOf(tenant, asked, { action: "Stop" });
    throw error;
  };
