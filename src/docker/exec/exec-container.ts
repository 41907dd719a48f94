import type { ContainerVM } from "../../api/containervm.gen.ts";
import {
  ConsoleError,
  type ExecSpec,
  type ExecState,
} from "../../console/client/console-client.ts";
import { DockerError } from "../errors.ts";
import { addressOf } from "../streams/container-target.ts";
import type { Tenant } from "../tenant.ts";
import { execMemory } from "./exec-memory.ts";

/** An exec and the container it is in. */
export interface Exec {
  readonly id: string;
  readonly container: ContainerVM;
  readonly spec: ExecSpec;
}

const noSuchExec = (id: string): DockerError =>
  new DockerError(404, `No such exec instance: ${id.slice(0, 128)}`);

/**
 * The container that an exec is in: the second half of its id is the beginning of the container's, so that nobody has to remember.
 *
 * @throws DockerError 404
 */
function containerOf(tenant: Tenant, id: string): ContainerVM {
  if (!/^[0-9a-f]{64}$/.test(id)) throw noSuchExec(id);
  const [container, other] = tenant.containers.byPrefix(id.slice(32));
  if (container === undefined || other !== undefined) throw noSuchExec(id);
  return container;
}

/** How an exec is, as its guest says. @throws DockerError 404 */
export async function execState(
  tenant: Tenant,
  id: string,
): Promise<{ readonly container: ContainerVM; readonly state: ExecState }> {
  const container = containerOf(tenant, id);
  try {
    const state = await tenant.console.inspectExec(addressOf(tenant, container), id);
    return { container, state };
  } catch (error) {
    throw asMissing(error, id);
  }
}

/** The exec of this id; its guest isn't asked for what is known here. @throws DockerError 404 */
export async function findExec(tenant: Tenant, id: string): Promise<Exec> {
  const container = containerOf(tenant, id);
  const { spec = (await execState(tenant, id)).state.spec } = execMemory(tenant, id);
  return { id, container, spec };
}

/** A guest that doesn't run, or was started again, knows nothing of it. */
export function asMissing(error: unknown, id: string): unknown {
  const gone = ["NotFound", "NotRunning"];
  return error instanceof ConsoleError && gone.includes(error.reason) ? noSuchExec(id) : error;
}
