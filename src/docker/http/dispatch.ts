import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { DockerError, toDockerError } from "../errors.ts";
import { takeOverPlain } from "../streams/take-over.ts";
import { upgradeRequest } from "../streams/upgrade.ts";
import type { Tenant } from "../tenant.ts";
import { formatVersion, MAX_MINOR } from "./api-version.ts";
import { Incoming, type Arrival } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import type { Router } from "./router.ts";

export interface DispatchOptions {
  /** Whether everything that answers are made of has been read; half a list must not pass for a whole one. */
  readonly caches: { hasSynced(): boolean; synced(signal: AbortSignal): Promise<void> };
  /** How long a client waits for them, where the gateway has just begun. */
  readonly patienceMs?: number | undefined;
  readonly router: Router;
  readonly log: Logger;
  /** What the header `Server` says. */
  readonly product: string;
}

/** Whose client a connection is; undefined where its host has gone. */
export type TenantOf = (socket: Duplex) => Tenant | undefined;

/** Answers all that comes in on a server. */
export function dispatch(server: Server, tenantOf: TenantOf, options: DispatchOptions): void {
  const headers = new Map([
    ["Api-Version", formatVersion(MAX_MINOR)],
    ["Docker-Experimental", "false"],
    ["Ostype", "linux"],
    ["Server", options.product],
  ]);
  const answer = (
    arrival: Omit<Arrival, "left">,
    raw: ServerResponse,
    takeOver: () => Duplex,
  ): void => {
    raw.setHeaders(headers);
    const gone = new AbortController();
    const left = (): void => gone.abort(new ClientGone("the client has gone"));
    arrival.socket.once("close", left);
    raw.once("finish", () => arrival.socket.off("close", left));
    const response = new Outgoing(raw, takeOver);
    void serve({ ...arrival, left: gone.signal }, response, tenantOf(arrival.socket), options);
  };
  server.on("request", (raw: IncomingMessage, response: ServerResponse) => {
    const { socket } = raw;
    answer({ raw, socket, source: raw, upgrade: false }, response, () =>
      takeOverPlain(raw, response),
    );
  });
  server.on("upgrade", (raw: IncomingMessage, socket: Duplex, head: Buffer) => {
    const upgraded = upgradeRequest(raw, socket, head);
    const { response, source } = upgraded;
    answer({ raw, socket, source, upgrade: true }, response, () => upgraded.takeOver());
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    const status =
      error.code === "HPE_HEADER_OVERFLOW"
        ? "431 Request Header Fields Too Large"
        : "400 Bad Request";
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`,
    );
  });
}

/** The reason of a request's signal once its client has gone. */
class ClientGone extends Error {
  override readonly name = "ClientGone";
}

async function serve(
  arrival: Arrival,
  response: Outgoing,
  tenant: Tenant | undefined,
  options: DispatchOptions,
): Promise<void> {
  const { router, log, caches } = options;
  const { raw } = arrival;
  try {
    if (!caches.hasSynced()) await synced(options, arrival.left);
    if (tenant === undefined || tenant.signal.aborted) {
      throw new DockerError(503, "this VirtualContainerHost isn't there any more");
    }
    const match = router.match(raw.method!, raw.url!.split("?", 1)[0]!);
    await match.route.handler(new Incoming(arrival, match, tenant.signal), response, tenant);
  } catch (error) {
    refuse(arrival, response, error, log);
  }
}

async function synced(
  { caches, patienceMs = 10_000 }: DispatchOptions,
  left: AbortSignal,
): Promise<void> {
  try {
    await caches.synced(AbortSignal.any([left, AbortSignal.timeout(patienceMs)]));
  } catch (error) {
    throw new DockerError(
      503,
      "the gateway has just begun and can't read from the Kubernetes API server yet; containers run on",
      error,
    );
  }
}

function refuse({ raw, left }: Arrival, response: Outgoing, error: unknown, log: Logger): void {
  if (left.aborted) return response.abort();
  const known = toDockerError(error);
  const line = { method: raw.method, url: raw.url };
  if (known === undefined) log.error({ ...line, err: error }, "a request failed");
  else log.debug({ ...line, status: known.status, error: known.message }, "a request was refused");
  if (response.started) return response.abort();
  const { status, message } = known ?? new DockerError(500, "the gateway failed; its log says why");
  // A body that isn't read to its end leaves the connection of no use.
  if (!raw.complete) response.raw.setHeader("Connection", "close");
  if (status === 304) response.empty(status);
  else response.json(status, { message });
}
