import {
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Logger } from "pino";
import { ConsoleError } from "../client/console-client.ts";
import { HTTP2_SETTINGS, type TlsCredentials } from "../client/http2-pool.ts";
import { Elsewhere } from "./elsewhere.ts";
import { type Role, roleOf } from "./peer-name.ts";
import type { ApiAnswer, ApiRequest } from "./routes.ts";

const CONNECTION_WINDOW = 2 ** 30;

export interface ApiServerOptions {
  readonly log: Logger;
  readonly handle: (request: ApiRequest) => Promise<ApiAnswer>;
}

/** The console's HTTP/2 over mutual TLS. Nobody gets in before it has certificates. */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #server: Http2SecureServer;
  readonly #sessions = new Map<Http2Session, Role>();
  readonly #sockets = new Set<Socket>();

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#server = createSecureServer({
      ...HTTP2_SETTINGS,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
    });
    this.#server
      .on("connection", (socket: Socket) => {
        this.#sockets.add(socket);
        socket.once("close", () => this.#sockets.delete(socket));
      })
      .on("session", (session) => this.#admit(session))
      .on("stream", (stream, headers) => void this.#answer(stream, headers))
      .on("tlsClientError", (error: Error) =>
        options.log.debug({ error: error.message }, "a client of the API was refused"),
      );
  }

  /** What connections from now on are served with; those that are open go on. */
  use(credentials: TlsCredentials): void {
    this.#server.setSecureContext({ ...credentials, minVersion: "TLSv1.2" });
  }

  listen(host: string, port: number): Promise<{ readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject).listen(port, host, () => {
        const address = this.#server.address();
        resolve({ port: typeof address === "object" && address !== null ? address.port : port });
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions.keys()) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #admit(session: ServerHttp2Session): void {
    const role = roleOf((session.socket as TLSSocket).getPeerCertificate());
    session.on("error", () => {});
    if (role === undefined) {
      this.#options.log.info("a client of the API is neither a gateway nor a console");
      session.destroy();
      return;
    }
    this.#sessions.set(session, role);
    session.once("close", () => this.#sessions.delete(session));
    session.setLocalWindowSize(CONNECTION_WINDOW);
  }

  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const gone = new AbortController();
    stream
      .on("error", () => {})
      .once("close", () => gone.abort(new Error("whoever asked has hung up")));
    const role = stream.session === undefined ? undefined : this.#sessions.get(stream.session);
    if (role === undefined) return void stream.destroy();
    const target = headers[":path"] ?? "";
    const method = headers[":method"] ?? "";
    const [path = "", ...query] = target.split("?");
    try {
      const answer = await this.#options.handle({
        method,
        path,
        role,
        stream,
        query: new URLSearchParams(query.join("?")),
        signal: gone.signal,
      });
      if (answer !== undefined) respond(stream, answer.status, answer.body);
    } catch (error) {
      this.#refuse(stream, target, error);
    }
  }

  #refuse(stream: ServerHttp2Stream, target: string, error: unknown): void {
    if (stream.destroyed) return;
    if (stream.headersSent) return void stream.destroy();
    if (error instanceof Elsewhere)
      return respond(stream, 307, {}, { location: error.origin + target });
    if (!(error instanceof ConsoleError)) {
      this.#options.log.error({ error, path: target }, "a request of the API failed");
    }
    const refused =
      error instanceof ConsoleError
        ? error
        : new ConsoleError(502, "AgentFailed", (error as Error).message);
    respond(stream, refused.status, { reason: refused.reason, message: refused.message });
  }
}

function respond(
  stream: ServerHttp2Stream,
  status: number,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (stream.destroyed) return;
  stream.resume(); // what is still coming of the request
  stream.respond({
    ":status": status,
    ...(body !== undefined && { "content-type": "application/json" }),
    ...headers,
  });
  stream.end(body === undefined ? undefined : JSON.stringify(body));
}
