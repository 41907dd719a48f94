import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { resolveContainer } from "../containers/lookup/resolve.ts";
import { DockerError } from "../errors.ts";
import { containerEvent } from "../events/container-event.ts";
import type { Handler } from "../route.ts";
import { addressOf, isRunning } from "../streams/container-target.ts";
import { DetachKeysError, parseDetachKeys } from "../streams/detach-keys.ts";
import { hijack } from "../streams/hijack.ts";
import { pump } from "../streams/pump.ts";
import { releaseOutput } from "./output-hold.ts";
import { enterReader } from "./readers.ts";

/** `POST /containers/{name}/attach`: to this run, or, where none goes on, to the next from its first byte. */
export const attach: Handler = async (request, response, tenant) => {
  const { query, signal } = request;
  await request.skipBody();
  const detachKeys = detachKeysOf(query.text("detachKeys"));
  const container = await resolveContainer(tenant, request.params["name"] ?? "");
  const stream = query.flag("stream");
  const options = {
    stdin: query.flag("stdin") && stream && container.spec.openStdin === true,
    stdout: query.flag("stdout"),
    stderr: query.flag("stderr"),
    logs: query.flag("logs"),
    stream,
    run: runOf(container),
  };
  const tty = container.spec.tty === true;
  const leave = enterReader(tenant, container, options.run);
  try {
    const session = await tenant.console.attach(addressOf(tenant, container), options, signal);
    const connection = await hijack(request, response, { tty });
    tenant.events.publish(containerEvent(container, "attach"));
    const end = await pump(session, connection, {
      tty,
      stdin: options.stdin,
      detachKeys: tty && options.stdin ? detachKeys : undefined,
      signal: tenant.signal,
    });
    if (end.type === "detached") tenant.events.publish(containerEvent(container, "detach"));
  } finally {
    if (leave()) await releaseOutput(tenant, container);
  }
};

/** What boots is this run already: the console waits for it. */
function runOf(container: ContainerVM): "current" | "next" {
  const { state } = container.status ?? {};
  if (state === "Restarting") {
    const id = idOfContainer(container);
    throw new DockerError(
      409,
      `Container ${id} is restarting, wait until the container is running`,
    );
  }
  return state === "Starting" || isRunning(container) ? "current" : "next";
}

function detachKeysOf(text: string): Buffer {
  try {
    return parseDetachKeys(text);
  } catch (error) {
    if (!(error instanceof DetachKeysError)) throw error;
    throw new DockerError(400, `Invalid detach keys (${text.slice(0, 100)}) provided`);
  }
}
