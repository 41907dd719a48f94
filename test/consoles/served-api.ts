// The console's API over real connections, with what it answers in a test's hands.
import { PassThrough, Readable } from "node:stream";
import { pino } from "pino";
import type { ApiAnswer, ApiRequest } from "../../src/console/api/routes.ts";
import { serveSession } from "../../src/console/api/serve-session.ts";
import { ApiServer } from "../../src/console/api/server.ts";
import type { ConsoleClient, OutputFrame, Size } from "../../src/console/client/console-client.ts";
import { createConsoleClient } from "../../src/console/client/http-console-client.ts";
import type { TlsCredentials } from "../../src/console/client/http2-pool.ts";
import type { ServedSession } from "../../src/console/sessions/served-session.ts";
import { TestAuthority } from "../authority.ts";

const log = pino({ level: "silent" });

/** The container that a test asks for, and all of it. */
export const container = { namespace: "ns", host: "host", id: "c".repeat(64) };
export const attach = {
  stdin: true,
  stdout: true,
  stderr: true,
  logs: false,
  stream: true,
  run: "current",
} as const;

/** A session whose both ends a test holds. */
export class TestSession implements ServedSession {
  readonly stdin = new PassThrough();
  readonly output = new Readable({ objectMode: true, read: () => {} });
  readonly sizes: Size[] = [];
  closed = false;
  resize(size: Size): void {
    this.sizes.push(size);
  }
  close(): void {
    this.closed = true;
  }
  say(frame: OutputFrame): boolean {
    return this.output.push(frame);
  }
}

/** A server that has its certificate, and a client that it lets in. */
export class ServedApi {
  readonly authority: TestAuthority;
  /** What proves a gateway. */
  readonly gateway: TlsCredentials;
  readonly port: number;
  readonly client: ConsoleClient;
  /** Listens on the port. */
  server: ApiServer;
  /** Served to whoever attaches, unless `handle` is another. */
  session = new TestSession();
  handle: (request: ApiRequest) => Promise<ApiAnswer> = async ({ stream }) => {
    await serveSession(stream, this.session);
    return undefined;
  };
  readonly #clients: ConsoleClient[] = [];

  private constructor(
    authority: TestAuthority,
    gateway: TlsCredentials,
    server: ApiServer,
    port: number,
  ) {
    this.authority = authority;
    this.gateway = gateway;
    this.server = server;
    this.port = port;
    this.client = this.clientWith(gateway);
  }

  static async start(): Promise<ServedApi> {
    const authority = await TestAuthority.create();
    const server = new ApiServer({ log, handle: (request) => served.handle(request) });
    const { port } = await server.listen("127.0.0.1", 0);
    server.use(await authority.issue("vic-console"));
    const gateway = await authority.issue("vic-gateway");
    const served = new ServedApi(authority, gateway, server, port);
    return served;
  }

  clientWith(credentials: TlsCredentials | undefined, port = this.port): ConsoleClient {
    const made = createConsoleClient({
      address: { host: "127.0.0.1", port },
      credentials: () => Promise.resolve(credentials),
    });
    this.#clients.push(made);
    return made;
  }

  async stop(): Promise<void> {
    for (const each of this.#clients) await each.close();
    await this.server.close();
  }
}
