import { idOfContainer } from "../../api/identity.ts";
import type { Handler } from "../route.ts";
import { execState } from "./exec-container.ts";
import { execMemory } from "./exec-memory.ts";

/** `GET /exec/{id}/json`. */
export const inspectExec: Handler = async (request, response, tenant) => {
  const id = request.params["id"] ?? "";
  const { container, state } = await execState(tenant, id);
  const { attachStdout, attachStderr, detachKeys, failedWith } = execMemory(tenant, id);
  const [entrypoint = "", ...rest] = state.spec.args;
  response.json(200, {
    ID: id,
    Running: state.running,
    ExitCode: failedWith ?? state.exitCode ?? null,
    ProcessConfig: {
      tty: state.spec.tty,
      entrypoint,
      arguments: rest,
      privileged: false,
      ...(state.spec.user === "" ? {} : { user: state.spec.user }),
    },
    OpenStdin: state.spec.stdin,
    OpenStderr: attachStderr,
    OpenStdout: attachStdout,
    CanRemove: false,
    ContainerID: idOfContainer(container),
    DetachKeys: detachKeys,
    Pid: state.pid ?? 0,
  });
};
