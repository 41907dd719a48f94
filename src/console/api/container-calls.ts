import { randomBytes } from "node:crypto";
import type { AgentCommand, Agents } from "../sessions/agents.ts";
import { commandSession } from "../sessions/command-session.ts";
import type { ServedSession } from "../sessions/served-session.ts";
import { ConsoleError, type ExecState } from "../client/console-client.ts";
import { readExecState } from "./exec-state.ts";
import { invalid, readSize, readText, readTexts } from "./request.ts";

type Body = Readonly<Record<string, unknown>>;

/** An exec id: random, and whose it is. */
const EXEC_ID = /^[0-9a-f]{64}$/;
const MAX_TEXT = 4096;

/** What is asked of a container's guest, as its commands (docs/guest-protocol.md). */
export class ContainerCalls {
  readonly #agents: Agents;

  constructor(agents: Agents) {
    this.#agents = agents;
  }

  async signal(id: string, body: Body, signal: AbortSignal): Promise<void> {
    const name = readText(body["signal"], "signal", 32);
    await this.#call(id, "signal", { signal: name }, signal);
  }

  async stop(id: string, body: Body, signal: AbortSignal): Promise<void> {
    const { signal: name, timeoutSeconds } = body;
    if (timeoutSeconds !== undefined && !Number.isInteger(timeoutSeconds))
      throw invalid("timeoutSeconds isn't a whole number");
    const params = {
      ...(name !== undefined && { signal: readText(name, "signal", 32) }),
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    };
    await this.#call(id, "stop", params, signal);
  }

  async resize(id: string, body: Body, signal: AbortSignal): Promise<void> {
    await this.#call(id, "resize", readSize(body["width"], body["height"]), signal);
  }

  /** @returns the exec's id */
  async createExec(id: string, body: Body, signal: AbortSignal): Promise<string> {
    const execId = randomBytes(16).toString("hex") + id.slice(0, 32);
    const params = {
      id: execId,
      args: readTexts(body["args"], "args"),
      env: readTexts(body["env"] ?? [], "env"),
      cwd: readText(body["cwd"] ?? "", "cwd", MAX_TEXT),
      user: readText(body["user"] ?? "", "user", MAX_TEXT),
      groups: readTexts(body["groups"] ?? [], "groups"),
      tty: body["tty"] === true,
      stdin: body["stdin"] === true,
    };
    await this.#call(id, "exec-create", params, signal);
    return execId;
  }

  async inspectExec(id: string, execId: string, signal: AbortSignal): Promise<ExecState> {
    const answer = await this.#call(id, "exec-inspect", { id: checkedExec(execId) }, signal);
    return readExecState(execId, answer);
  }

  /** As it is once it has ended. */
  async waitExec(id: string, execId: string, signal: AbortSignal): Promise<ExecState> {
    const answer = await this.#call(id, "exec-wait", { id: checkedExec(execId) }, signal);
    return readExecState(execId, answer);
  }

  async startExec(
    id: string,
    execId: string,
    query: URLSearchParams,
    signal: AbortSignal,
  ): Promise<ServedSession> {
    const sized = query.has("width") || query.has("height");
    const params = {
      id: checkedExec(execId),
      ...(sized && readSize(Number(query.get("width")), Number(query.get("height")))),
    };
    return commandSession(await this.#agents.command(id, "exec-start", params, signal));
  }

  async resizeExec(id: string, execId: string, body: Body, signal: AbortSignal): Promise<void> {
    const size = readSize(body["width"], body["height"]);
    await this.#call(id, "exec-resize", { id: checkedExec(execId), ...size }, signal);
  }

  async signalExec(id: string, execId: string, body: Body, signal: AbortSignal): Promise<void> {
    const name = readText(body["signal"], "signal", 32);
    await this.#call(id, "exec-signal", { id: checkedExec(execId), signal: name }, signal);
  }

  /** A command that is all said with its answer. */
  async #call(id: string, name: string, params: object, signal: AbortSignal): Promise<Body> {
    const command = await this.#agents.command(id, name, params, signal);
    finish(command);
    return command.answer;
  }
}

/** Nobody reads what may still come. */
function finish(command: AgentCommand): void {
  command.stdin.end();
  command.stdout.resume();
  command.stderr.resume();
  command.exited.catch(() => {}).finally(() => command.close());
}

function checkedExec(execId: string): string {
  if (EXEC_ID.test(execId)) return execId;
  throw new ConsoleError(404, "NotFound", `No such exec instance: ${execId.slice(0, 64)}`);
}
