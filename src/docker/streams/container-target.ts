import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { type ContainerAddress, ConsoleError } from "../../console/client/console-client.ts";
import { DockerError } from "../errors.ts";
import type { Tenant } from "../tenant.ts";

/** The container as the console is asked for it. */
export const addressOf = (tenant: Tenant, container: ContainerVM): ContainerAddress => ({
  namespace: tenant.namespace,
  host: tenant.name,
  id: idOfContainer(container),
  // It may have heard of a start, or an end, later than we.
  ...(container.metadata.resourceVersion !== undefined && {
    seen: container.metadata.resourceVersion,
  }),
});

/** Whether its process runs, as far as is known. */
export const isRunning = ({ status }: ContainerVM): boolean =>
  status?.state === "Running" || status?.state === "Stopping";

/** 409 in dockerd's words. */
export const notRunning = (id: string): DockerError =>
  new DockerError(409, `container ${id} is not running`);

/** @throws DockerError 409 */
export function demandRunning(container: ContainerVM): void {
  if (!isRunning(container)) throw notRunning(idOfContainer(container));
}

/** Asks the console; that the container doesn't run any more is told in dockerd's words. */
export async function asking<T>(container: ContainerVM, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ConsoleError && error.reason === "NotRunning")
      throw notRunning(idOfContainer(container));
    throw error;
  }
}
