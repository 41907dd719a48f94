import type { ServerHttp2Stream } from "node:http2";
import type { Access, AllowedContainer } from "../identities/access.ts";
import { openAttach } from "../attach/attach.ts";
import { ConsoleError } from "../client/console-client.ts";
import { openLogs } from "../logs/open-logs.ts";
import { openProgress, type ProgressDependencies } from "../progress/progress.ts";
import { openStats } from "../stats/stats.ts";
import { openTop } from "../stats/top.ts";
import type { AgentRouter } from "../sessions/agent-router.ts";
import { commandSession } from "../sessions/command-session.ts";
import type { StreamDependencies } from "../logs/stream-dependencies.ts";
import { ContainerCalls } from "./container-calls.ts";
import { Elsewhere } from "./elsewhere.ts";
import { inThisRun, notRunning } from "./one-run.ts";
import type { Peers } from "./peers.ts";
import { readAttachOptions, readLogOptions, readSeen } from "./options.ts";
import { readBody } from "./request.ts";
import { sendJsonLines } from "./send-json.ts";
import { sendOutput, serveSession } from "./serve-session.ts";
import type { Role } from "./peer-name.ts";

export interface ApiOptions {
  readonly access: Access;
  readonly agents: AgentRouter;
  readonly streams: StreamDependencies;
  readonly progress: ProgressDependencies;
  readonly peers: Peers;
}

/** One request, its path and query taken apart. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Who asks. */
  readonly role: Role;
  readonly stream: ServerHttp2Stream;
  /** Aborts when whoever asked is gone. */
  readonly signal: AbortSignal;
}

/** An answer in JSON, with its status; undefined where the answer was or is being sent otherwise. */
export type ApiAnswer = { readonly status: number; readonly body?: object } | undefined;

/** How long a guest may take to be reached and to answer. */
const GUEST_MS = 20_000;

type ContainerHandler = (
  request: ApiRequest,
  container: AllowedContainer,
  execId: string,
) => Promise<ApiAnswer>;

const CONTAINER = /^\/v1\/hosts\/([^/]+)\/([^/]+)\/containers\/([0-9a-f]{64})\/(.+)$/;
const IMAGE = /^\/v1\/hosts\/([^/]+)\/([^/]+)\/images\/([^/]+)\/progress$/;
const GUEST = /^\/v1\/guests\/([0-9a-f]{64})(?:\/commands\/([a-z-]+))?$/;
const EXEC = /^execs\/([^/]+)(.*)$/;

/** The requests of docs/console-api.md. */
export function createRoutes(options: ApiOptions): (request: ApiRequest) => Promise<ApiAnswer> {
  const { access, agents, streams, progress, peers } = options;
  const calls = new ContainerCalls(streams.agents);
  const guest = ({ signal }: ApiRequest) =>
    AbortSignal.any([signal, AbortSignal.timeout(GUEST_MS)]);
  const done = (): ApiAnswer => ({ status: 204 });

  /** Of containers that must run, at the console that has their line. */
  const ofGuest =
    (handle: ContainerHandler): ContainerHandler =>
    async (request, container, execId) => {
      demandRunning(container);
      await demandLine(request, container.id);
      return inThisRun(streams.containers, container.container, request.signal, (signal) =>
        handle({ ...request, signal }, container, execId),
      );
    };

  const demandLine = async (request: ApiRequest, guestId: string) => {
    if (request.role !== "gateway" || agents.isLined(guestId)) return;
    const origin = await peers.holderOf(guestId);
    if (origin !== undefined) throw new Elsewhere(origin);
  };

  const containers: Readonly<Record<string, ContainerHandler>> = {
    "POST signal": ofGuest(async (request, { id }) =>
      calls.signal(id, await readBody(request.stream), guest(request)).then(done),
    ),
    "POST stop": ofGuest(async (request, { id }) =>
      calls.stop(id, await readBody(request.stream), guest(request)).then(done),
    ),
    "POST resize": ofGuest(async (request, { id }) =>
      calls.resize(id, await readBody(request.stream), guest(request)).then(done),
    ),
    "POST execs": ofGuest(async (request, { id }) => ({
      status: 201,
      body: { id: await calls.createExec(id, await readBody(request.stream), guest(request)) },
    })),
    "GET execs/": ofGuest(async (request, { id }, execId) => ({
      status: 200,
      body: await calls.inspectExec(id, execId, guest(request)),
    })),
    "GET execs/wait": ofGuest(async (request, { id }, execId) => ({
      status: 200,
      body: await calls.waitExec(id, execId, request.signal),
    })),
    "POST execs/start": ofGuest(async (request, { id }, execId) => {
      const { stream, query } = request;
      await serveSession(stream, await calls.startExec(id, execId, query, guest(request)));
      return undefined;
    }),
    "POST execs/resize": ofGuest(async (request, { id }, execId) =>
      calls.resizeExec(id, execId, await readBody(request.stream), guest(request)).then(done),
    ),
    "POST execs/signal": ofGuest(async (request, { id }, execId) =>
      calls.signalExec(id, execId, await readBody(request.stream), guest(request)).then(done),
    ),
    "POST attach": async (request, container) => {
      const attach = readAttachOptions(request.query);
      if (isRunning(container)) await demandLine(request, container.id);
      const { stream, signal } = request;
      await serveSession(stream, openAttach(streams, container.container, attach, signal));
      return undefined;
    },
    "GET logs": async ({ stream, query, signal }, { container }) => {
      await sendOutput(stream, await openLogs(streams, container, readLogOptions(query), signal));
      return undefined;
    },
    "GET top": ofGuest(async (request, { container }) => ({
      status: 200,
      body: { processes: await openTop(streams, container, guest(request)) },
    })),
    "GET stats": async (request, container) => {
      if (isRunning(container)) await demandLine(request, container.id);
      const { stream, query, signal } = request;
      const samples = openStats(streams, container.container, query.get("stream") === "1", signal);
      await sendJsonLines(stream, await samples);
      return undefined;
    },
  };

  /** For other consoles: what this one's line to a guest carries. */
  const guestCall = async (
    request: ApiRequest,
    guestId: string,
    command: string,
  ): Promise<ApiAnswer> => {
    const { method, path, stream } = request;
    if (!agents.isLined(guestId)) throw notFound(path);
    if (method === "GET" && command === "") return { status: 200, body: { id: guestId } };
    const started = await agents.start(guestId, command, guest(request));
    await serveSession(stream, commandSession(started));
    return undefined;
  };

  const imageProgress = async (
    request: ApiRequest,
    address: { readonly namespace: string; readonly host: string; readonly name: string },
  ): Promise<ApiAnswer> => {
    const image = access.image(address);
    // The console with the worker's link knows how many bytes there are.
    const { worker } = access.hostOf(image)?.status ?? {};
    if (worker !== undefined) await demandLine(request, worker.id);
    await sendJsonLines(request.stream, openProgress(progress, image, request.signal));
    return undefined;
  };

  const containerCall = async (request: ApiRequest): Promise<ApiAnswer> => {
    const { method, path, query, signal } = request;
    const [, namespace = "", host = "", id = "", call = ""] = CONTAINER.exec(path) ?? [];
    const [, execId = "", execCall = ""] = EXEC.exec(call) ?? [];
    const key = execId === "" ? call : `execs/${execCall.slice(1)}`;
    const handle = containers[`${method} ${key}`];
    if (handle === undefined) throw notFound(path);
    const address = {
      namespace: decode(namespace),
      host: decode(host),
      id,
      ...readSeen(query),
    };
    return handle(request, await access.containerSoon(address, signal), execId);
  };

  return async (request) => {
    const { method, path, role } = request;
    const [, guestId = "", command = ""] = GUEST.exec(path) ?? [];
    if (guestId !== "" && role === "console") return guestCall(request, guestId, command);
    const [, namespace = "", host = "", name = ""] = IMAGE.exec(path) ?? [];
    if (name === "" || method !== "GET") return containerCall(request);
    const image = { namespace: decode(namespace), host: decode(host), name: decode(name) };
    return imageProgress(request, image);
  };
}

const notFound = (path: string): ConsoleError =>
  new ConsoleError(404, "NotFound", `No such thing: ${path.slice(0, 300)}`);

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notFound(part);
  }
}

const isRunning = ({ container: { status } }: AllowedContainer): boolean =>
  status?.state === "Running" || status?.state === "Stopping";

function demandRunning(container: AllowedContainer): void {
  if (isRunning(container)) return;
  throw notRunning(container.id);
}
