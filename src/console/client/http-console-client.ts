import type { ClientHttp2Stream } from "node:http2";
import type {
  AttachOptions,
  ConsoleClient,
  ContainerAddress,
  ExecState,
  GuestProcess,
  LogOptions,
  Session,
} from "./console-client.ts";
import { ask, readJson } from "./exchange.ts";
import { Http2Pool, type ReadCredentials } from "./http2-pool.ts";
import { jsonLines } from "./json-lines.ts";
import { outputOf, sessionOf } from "./session-stream.ts";

export interface ConsoleClientOptions {
  readonly address: { readonly host: string; readonly port: number };
  /** Ours, as they stand now (`vic-gateway-tls`); asked for with each new connection. Undefined: there are none yet. */
  readonly credentials: ReadCredentials;
}

/** The console over HTTP/2 and mutual TLS. Connects when it is asked something first, and anew when that connection broke. */
export function createConsoleClient({
  address: { host, port },
  credentials,
}: ConsoleClientOptions): ConsoleClient {
  const origin = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const pool = new Http2Pool(credentials);

  const post = async (path: string, body: object): Promise<void> => {
    (await ask(pool, origin, { method: "POST", path, body })).resume();
  };
  const getJson = async (path: string, signal?: AbortSignal): Promise<unknown> =>
    readJson(await ask(pool, origin, { method: "GET", path, signal }));
  const open = (path: string, signal?: AbortSignal): Promise<ClientHttp2Stream> =>
    ask(pool, origin, { method: "GET", path, signal });
  const session = async (path: string, signal?: AbortSignal): Promise<Session> =>
    sessionOf(await ask(pool, origin, { method: "POST", path, signal }));

  return {
    attach: (container, options, signal) =>
      session(pathOf(container, "attach", attachQuery(options)), signal),
    logs: async (container, options, signal) =>
      outputOf(await open(pathOf(container, "logs", logQuery(options)), signal)),
    signal: (container, signal) => post(pathOf(container, "signal"), { signal }),
    stop: (container, options) => post(pathOf(container, "stop"), options),
    resize: (container, size) => post(pathOf(container, "resize"), size),
    async createExec(container, body) {
      const path = pathOf(container, "execs");
      const answer = await readJson(await ask(pool, origin, { method: "POST", path, body }));
      return (answer as { id: string }).id;
    },
    inspectExec: async (container, execId) =>
      (await getJson(pathOf(container, `execs/${encodeURIComponent(execId)}`))) as ExecState,
    waitExec: async (container, execId, signal) =>
      (await getJson(
        pathOf(container, `execs/${encodeURIComponent(execId)}/wait`),
        signal,
      )) as ExecState,
    startExec(container, execId, size, signal) {
      const query =
        size === undefined ? {} : { width: String(size.width), height: String(size.height) };
      return session(pathOf(container, `execs/${encodeURIComponent(execId)}/start`, query), signal);
    },
    resizeExec: (container, execId, size) =>
      post(pathOf(container, `execs/${encodeURIComponent(execId)}/resize`), size),
    async top(container) {
      const answer = await getJson(pathOf(container, "top"));
      return (answer as { processes: readonly GuestProcess[] }).processes;
    },
    stats: async (container, stream, signal) =>
      jsonLines(await open(pathOf(container, "stats", { stream: flag(stream) }), signal)),
    async progress({ namespace, host: name, name: image }, signal) {
      const path = `${hostPath(namespace, name)}/images/${encodeURIComponent(image)}/progress`;
      return jsonLines(await open(path, signal));
    },
    close: () => pool.close(),
  };
}

const hostPath = (namespace: string, host: string): string =>
  `/v1/hosts/${encodeURIComponent(namespace)}/${encodeURIComponent(host)}`;

/** Of a call; it tells what we have seen of the container. */
function pathOf(
  { namespace, host, id, seen }: ContainerAddress,
  call: string,
  query: Readonly<Record<string, string>> = {},
): string {
  const path = `${hostPath(namespace, host)}/containers/${encodeURIComponent(id)}/${call}`;
  const text = new URLSearchParams({ ...query, ...(seen !== undefined && { seen }) }).toString();
  return text === "" ? path : `${path}?${text}`;
}

const flag = (value: boolean): string => (value ? "1" : "0");

const attachQuery = (options: AttachOptions) => ({
  stdin: flag(options.stdin),
  stdout: flag(options.stdout),
  stderr: flag(options.stderr),
  logs: flag(options.logs),
  stream: flag(options.stream),
  run: options.run,
});

const logQuery = (options: LogOptions) => ({
  stdout: flag(options.stdout),
  stderr: flag(options.stderr),
  follow: flag(options.follow),
  timestamps: flag(options.timestamps),
  ...(options.tail !== undefined && { tail: String(options.tail) }),
  ...(options.since !== undefined && { since: String(options.since) }),
  ...(options.until !== undefined && { until: String(options.until) }),
});
