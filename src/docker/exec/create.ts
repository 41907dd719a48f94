import type { ExecSpec } from "../../console/client/console-client.ts";
import { resolveContainer } from "../containers/lookup/resolve.ts";
import { DockerError, invalidParameter } from "../errors.ts";
import { containerEvent } from "../events/container-event.ts";
import type { Handler } from "../route.ts";
import { addressOf, asking, demandRunning } from "../streams/container-target.ts";
import { DetachKeysError, parseDetachKeys } from "../streams/detach-keys.ts";
import { asExecCreate, type ExecCreateBody } from "./exec-body.ts";
import { rememberExec } from "./exec-memory.ts";

/** `POST /containers/{name}/exec`. */
export const createExec: Handler = async (request, response, tenant) => {
  const body = asExecCreate(await request.json());
  const spec = execSpec(body);
  const container = await resolveContainer(tenant, request.params["name"] ?? "");
  demandRunning(container);
  const created = tenant.console.createExec(addressOf(tenant, container), spec);
  const id = await asking(container, created);
  rememberExec(tenant, id, {
    spec,
    attachStdout: body.AttachStdout === true,
    attachStderr: body.AttachStderr === true,
    detachKeys: body.DetachKeys ?? "",
    consoleSize: body.ConsoleSize ?? [],
  });
  const action = `exec_create: ${commandOf(spec)}`;
  tenant.events.publish(containerEvent(container, action, { execID: id }));
  response.json(201, { Id: id });
};

/** As events show it: dockerd puts the space there without arguments too. */
export const commandOf = ({ args: [program = "", ...rest] }: ExecSpec): string =>
  `${program} ${rest.join(" ")}`;

/** The body as the guest is told it. @throws DockerError 400 for what can't be honoured */
export function execSpec(body: ExecCreateBody): ExecSpec {
  const args = body.Cmd ?? [];
  if (args.length === 0) throw invalidParameter("No exec command specified");
  if (body.Privileged === true) {
    throw invalidParameter(
      "Privileged isn't supported: no process of a container may have more rights in its VM than the others",
    );
  }
  try {
    parseDetachKeys(body.DetachKeys ?? "");
  } catch (error) {
    if (!(error instanceof DetachKeysError)) throw error;
    const keys = (body.DetachKeys ?? "").slice(0, 100);
    throw new DockerError(400, `Invalid escape keys (${keys}) provided`, error);
  }
  return {
    args,
    env: body.Env ?? [],
    cwd: body.WorkingDir ?? "",
    user: body.User ?? "",
    groups: [],
    tty: body.Tty === true,
    stdin: body.AttachStdin === true,
  };
}
