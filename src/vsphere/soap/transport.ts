import { Agent, type Dispatcher, request } from "undici";
import { UnreachableError, VSphereError } from "../model/errors.ts";
import { type Trust, trustConnector } from "./connector.ts";

/** What one exchange needs beyond its text, and what is learnt from it. */
export interface Exchange {
  cookie?: string | undefined;
  signal?: AbortSignal | undefined;
  timeoutMs: number;
  /** Set from the response: the session's cookie, if the server gave one. */
  newCookie?: string;
}

/** HTTP to one server over a pool of connections, its certificate judged on each. */
export class Transport {
  readonly #agent: Agent;
  readonly origin: string;

  constructor(origin: string, trust: Trust, connections: number) {
    this.origin = origin;
    this.#agent = new Agent({
      connect: trustConnector(trust, 10_000),
      connections,
      // Timeouts are each exchange's own; a datastore transfer or the long wait may take longer than any default.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 30_000,
    });
  }

  /** Posts one SOAP envelope; resolves with whatever XML comes back, a fault included. */
  async post(
    path: string,
    xml: string,
    headers: Record<string, string>,
    exchange: Exchange,
  ): Promise<string> {
    const timeout = AbortSignal.timeout(exchange.timeoutMs);
    const signal = exchange.signal ? AbortSignal.any([exchange.signal, timeout]) : timeout;
    try {
      const cookie = exchange.cookie === undefined ? {} : { cookie: exchange.cookie };
      const response = await this.request(path, {
        method: "POST",
        headers: { ...headers, ...cookie },
        body: xml,
        signal,
      });
      const text = await response.body.text();
      const newCookie = sessionCookie(response.headers["set-cookie"]);
      if (newCookie !== undefined) exchange.newCookie = newCookie;
      if (response.statusCode === 200 || (response.statusCode === 500 && text.includes("Envelope")))
        return text;
      if (response.statusCode >= 502 && response.statusCode <= 504) {
        const why = response.statusCode === 503 ? ", or has no session left" : "";
        throw new UnreachableError(`the server isn't ready${why}: HTTP ${response.statusCode}`);
      }
      throw new VSphereError(
        "NotVSphere",
        `not a vSphere server: HTTP ${response.statusCode} from ${this.origin}${path}`,
      );
    } catch (error) {
      if (exchange.signal?.aborted) throw exchange.signal.reason;
      if (timeout.aborted)
        throw new VSphereError("TimedOut", `no answer within ${exchange.timeoutMs} ms`, {
          cause: error,
        });
      throw error;
    }
  }

  /** Any request to the server. Rejects with an error of ours where no answer came. */
  async request(
    path: string,
    options: Omit<Dispatcher.RequestOptions, "origin" | "path">,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(new URL(path, this.origin), { ...options, dispatcher: this.#agent });
    } catch (error) {
      if (error instanceof VSphereError || (options.signal as AbortSignal | undefined)?.aborted)
        throw error;
      const cause = error as NodeJS.ErrnoException;
      throw new UnreachableError(`can't reach ${this.origin}: ${cause.code ?? cause.message}`, {
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** vCenter calls it `vmware_soap_session`; only its value is sent back, never path or flags. */
function sessionCookie(header: string | string[] | undefined): string | undefined {
  const cookies = header === undefined ? [] : Array.isArray(header) ? header : [header];
  return cookies.find((cookie) => cookie.startsWith("vmware_soap_session="))?.split(";")[0];
}
