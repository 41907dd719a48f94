import { ConsoleError } from "../../console/client/console-client.ts";
import { sizeOf } from "../attach/size.ts";
import { DockerError } from "../errors.ts";
import type { Handler } from "../route.ts";
import { addressOf } from "../streams/container-target.ts";
import { execState } from "./exec-container.ts";
import { execMemory } from "./exec-memory.ts";

/** `POST /exec/{id}/resize`. The CLI asks while it starts the exec, and tries again where that is too early. */
export const resizeExec: Handler = async (request, response, tenant) => {
  const size = sizeOf(request.query);
  const id = request.params["id"] ?? "";
  await execMemory(tenant, id).starting;
  const { container, state } = await execState(tenant, id);
  if (!state.started) throw new DockerError(400, "exec process is not started");
  if (!state.running) {
    throw new DockerError(404, `NotFound: process does not exist ${id}: not found`);
  }
  try {
    if (size !== undefined) await tenant.console.resizeExec(addressOf(tenant, container), id, size);
  } catch (error) {
    if (!(error instanceof ConsoleError) || error.reason !== "NoTerminal") throw error;
  }
  response.empty(200);
};
