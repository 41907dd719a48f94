import { ConsoleError, type Session, type Size } from "../../console/client/console-client.ts";
import { DockerError, invalidParameter } from "../errors.ts";
import type { DockerRequest } from "../http/request.ts";
import type { DockerResponse } from "../http/response.ts";
import type { Handler } from "../route.ts";
import { addressOf, asking } from "../streams/container-target.ts";
import { parseDetachKeys } from "../streams/detach-keys.ts";
import { hijack } from "../streams/hijack.ts";
import { encode } from "../streams/output.ts";
import { hangUpOn, pump } from "../streams/pump.ts";
import type { Tenant } from "../tenant.ts";
import { asExecStart, type ExecStartBody } from "./exec-body.ts";
import { asMissing, type Exec, findExec } from "./exec-container.ts";
import { tellDetach, tellEnd, tellEndLater, tellStart } from "./exec-events.ts";
import { type ExecMemory, execMemory } from "./exec-memory.ts";
import { withoutStreams } from "./unattached.ts";
import { type StartFailure, startFailure } from "./start-failure.ts";

/** An exec that a client starts. */
interface ExecStart {
  readonly tenant: Tenant;
  readonly exec: Exec;
  readonly memory: ExecMemory;
  readonly body: ExecStartBody;
}

/** `POST /exec/{id}/start`: both ways with the process, or, detached, an empty answer once it runs. */
export const startExec: Handler = async (request, response, tenant) => {
  const body = asExecStart(await request.optionalJson());
  const exec = await findExec(tenant, request.params["id"] ?? "");
  const memory = execMemory(tenant, exec.id);
  const starting: ExecStart = { tenant, exec, memory, body };
  const started = await start(request, starting);
  if (body.Detach === true) {
    if ("message" in started) throw invalidParameter(started.message);
    // The process goes on; nobody reads what it writes.
    started.close();
    void tellEndLater(tenant, exec);
    response.empty(200);
    return;
  }
  await serve(request, response, starting, started);
};

/** Starts it and tells of it. @throws DockerError, ConsoleError where the reason isn't the process itself */
async function start(
  request: DockerRequest,
  { tenant, exec, memory, body }: ExecStart,
): Promise<Session | StartFailure> {
  const { id, container, spec } = exec;
  const size = spec.tty ? sizeOf(body.ConsoleSize ?? memory.consoleSize) : undefined;
  // A detached one outlives its client.
  const signal = body.Detach === true ? undefined : request.signal;
  const starting = tenant.console.startExec(addressOf(tenant, container), id, size, signal);
  memory.starting = starting.then(
    () => undefined,
    () => undefined,
  );
  try {
    const session = await asking(container, starting);
    tellStart(tenant, exec);
    return session;
  } catch (error) {
    if (error instanceof ConsoleError && error.reason === "Started") {
      throw new DockerError(409, `exec command ${id} has already run`, error);
    }
    const failure = startFailure(error);
    if (failure === undefined) throw asMissing(error, id);
    memory.failedWith = failure.exitCode;
    // As dockerd does, which tells of no end then.
    tellStart(tenant, exec);
    return failure;
  }
}

async function serve(
  request: DockerRequest,
  response: DockerResponse,
  { tenant, exec, memory, body }: ExecStart,
  started: Session | StartFailure,
): Promise<void> {
  const tty = body.Tty ?? exec.spec.tty;
  const connection = await hijack(request, response, { tty });
  if ("message" in started) {
    hangUpOn(connection, encode(tty, "stdout", Buffer.from(`${started.message}\r\n`)));
    return;
  }
  const end = await pump(withoutStreams(started, memory), connection, {
    tty,
    stdin: exec.spec.stdin,
    detachKeys: tty && exec.spec.stdin ? parseDetachKeys(memory.detachKeys) : undefined,
    signal: tenant.signal,
  });
  if (end.type === "detached") tellDetach(tenant, exec);
  if (end.type === "ended" && end.exitCode !== undefined) tellEnd(tenant, exec, end.exitCode);
  else void tellEndLater(tenant, exec);
}

/** Docker says height, width; 0 by 0 is none. */
function sizeOf([height = 0, width = 0]: readonly number[]): Size | undefined {
  return height === 0 && width === 0 ? undefined : { height, width };
}
