import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from "node:http2";
import { checkServerIdentity } from "node:tls";
import { ConsoleError } from "./console-client.ts";

/** What proves a process to others of the installation; PEM. */
export interface TlsCredentials {
  readonly cert: string;
  readonly key: string;
  /** Authorities that the other side's certificate may come from. */
  readonly ca: string;
}

/** Ours as they stand now; undefined: there are none yet. */
export type ReadCredentials = () => Promise<TlsCredentials | undefined>;

const CONNECT_MS = 5_000;
/** A console that is gone without a word is noticed within so long. */
const PING_MS = 10_000;
/** What one stream may hold for a reader that doesn't read, in bytes. */
const STREAM_WINDOW = 512 * 1024;
/** The connection's own window never holds one stream up for another. */
const CONNECTION_WINDOW = 2 ** 30;
/** Node refuses new streams where a connection holds more MB than that: 10 by default. */
const MAX_SESSION_MEMORY = 4096;

/** Settings of HTTP/2 for both sides. */
export const HTTP2_SETTINGS = {
  settings: { initialWindowSize: STREAM_WINDOW, maxFrameSize: 128 * 1024, enablePush: false },
  maxSessionMemory: MAX_SESSION_MEMORY,
} as const;

/** One connection per console, made when it is needed, and again when it broke. */
export class Http2Pool {
  readonly #credentials: ReadCredentials;
  readonly #sessions = new Map<string, Promise<ClientHttp2Session>>();
  #closed = false;

  constructor(credentials: ReadCredentials) {
    this.#credentials = credentials;
  }

  /**
   * Begins a request; its body, if any, is for the caller to write.
   * @param origin `https://host:port`
   * @throws ConsoleError 503 `Unavailable` where that console isn't reached
   */
  async request(origin: string, headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    const session = await this.#session(origin);
    try {
      return session.request(headers, { endStream: false });
    } catch (error) {
      throw unavailable(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await session.then((open) => open.destroy()).catch(() => {});
  }

  async #session(origin: string): Promise<ClientHttp2Session> {
    const open = await this.#sessions.get(origin)?.catch(() => undefined);
    if (open !== undefined && !open.closed && !open.destroyed) return open;
    if (this.#closed) throw unavailable(new Error("this client is closed"));
    // Others may have begun to connect while we looked.
    let connecting = this.#sessions.get(origin);
    if (connecting === undefined || open !== undefined) {
      connecting = this.#connect(origin);
      connecting.catch(() => {
        if (this.#sessions.get(origin) === connecting) this.#sessions.delete(origin);
      });
      this.#sessions.set(origin, connecting);
    }
    return connecting;
  }

  async #connect(origin: string): Promise<ClientHttp2Session> {
    const credentials = await this.#credentials().catch((error: unknown) => {
      throw unavailable(error);
    });
    if (credentials === undefined)
      throw unavailable(new Error("there is no certificate to show it"));
    return new Promise((resolve, reject) => {
      const session = connect(origin, {
        ...HTTP2_SETTINGS,
        ...credentials,
        servername: "vic-console",
        // Whatever address it has: it is a console by its certificate.
        checkServerIdentity: (_host, certificate) =>
          checkServerIdentity("vic-console", certificate),
      });
      const fail = (error: Error) => {
        clearTimeout(timer);
        session.destroy();
        reject(unavailable(error));
      };
      const timer = setTimeout(() => fail(new Error("it doesn't answer")), CONNECT_MS);
      session
        .once("error", fail)
        .once("close", () => {
          fail(new Error("it hung up"));
          this.#sessions.delete(origin);
        })
        .once("connect", () => {
          clearTimeout(timer);
          session.off("error", fail).on("error", () => {});
          session.setLocalWindowSize(CONNECTION_WINDOW);
          keepAlive(session);
          resolve(session);
        });
    });
  }
}

function keepAlive(session: ClientHttp2Session): void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) return session.destroy(new Error("the console doesn't answer any more"));
    answered = false;
    session.ping(() => (answered = true));
  }, PING_MS).unref();
  session.once("close", () => clearInterval(timer));
}

/** The console isn't reached, or was cut off. */
export const unavailable = (error: unknown): ConsoleError =>
  error instanceof ConsoleError
    ? error
    : new ConsoleError(
        constants.HTTP_STATUS_SERVICE_UNAVAILABLE,
        "Unavailable",
        `The console can't be reached: ${(error as Error).message}`,
      );
