import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { ExecState } from "../../console/client/console-client.ts";
import { ConsoleError } from "../../console/client/console-client.ts";
import { DockerError } from "../errors.ts";
import { addressOf } from "../streams/container-target.ts";
import type { Tenant } from "../tenant.ts";

/** An exec and the container it is in. */
export interface Exec {
  readonly id: string;
  readonly container: ContainerVM;
  readonly state: ExecState;
}

export const noSuchExec = (id: string): DockerError =>
  new DockerError(404, `No such exec instance: ${id.slice(0, 128)}`);

/**
 * The exec of this id: its second half is the beginning of the container's, so that nobody has to remember where it is.
 *
 * @throws DockerError 404
 */
export async function findExec(tenant: Tenant, id: string): Promise<Exec> {
  if (!/^[0-9a-f]{64}$/.test(id)) throw noSuchExec(id);
  const [container, other] = tenant.containers.byPrefix(id.slice(32));
  if (container === undefined || other !== undefined) throw noSuchExec(id);
  try {
    const state = await tenant.console.inspectExec(addressOf(tenant, container), id);
    return { id, container, state };
  } catch (error) {
    const gone = ["NotFound", "NotRunning"];
    if (error instanceof ConsoleError && gone.includes(error.reason)) throw noSuchExec(id);
    throw error;
  }
}
