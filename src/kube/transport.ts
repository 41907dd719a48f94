import type { Readable } from "node:stream";
import { createSecureContext } from "node:tls";
import { Agent, ProxyAgent, request as send, type Dispatcher } from "undici";
import type { ClusterAccess } from "./access.ts";
import { Backoff, pause } from "./backoff.ts";
import { ApiError, TransportError, type ApiStatus } from "./errors.ts";

export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For all attempts together. */
  readonly timeoutMs: number;
}

/** Tries after connections that failed; an API server that is gone for longer is the caller's to wait for. */
const connectionAttempts = 3;

/**
 * HTTP to one API server over one pool of connections, for calls and watches alike. HTTP/1.1, because a watch then has
 * a connection of its own and one that is stuck or reset takes nothing else with it.
 */
export class Transport {
  readonly #access: ClusterAccess;
  readonly #dispatcher: Dispatcher;
  readonly #userAgent: string;

  constructor(access: ClusterAccess, userAgent: string) {
    this.#access = access;
    this.#userAgent = userAgent;
    const options = {
      allowH2: false,
      // Longer than pauses between reconciles, shorter than the API server's own limit of 90 s.
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 60_000,
      connections: 64,
    } as const;
    const { ca, cert, key, ...checks } = access.tls;
    const tls = {
      ...checks,
      // One for all connections: reading the certificates costs more than the rest of connecting.
      secureContext: createSecureContext({ ca, cert, key }),
      timeout: 10_000,
      keepAlive: true,
      keepAliveInitialDelay: 15_000,
    };
    this.#dispatcher =
      access.proxyUrl === undefined
        ? new Agent({ ...options, connect: tls })
        : new ProxyAgent({ ...options, uri: access.proxyUrl, requestTls: tls });
  }

  get server(): string {
    return this.#access.server;
  }

  /** Sends and parses; repeats as {@link KubeClient} promises. */
  async call(request: TransportRequest): Promise<unknown> {
    const deadline = performance.now() + request.timeoutMs;
    const backoff = new Backoff(100, 5_000);
    let unauthorized = false;
    for (;;) {
      let waitMs: number;
      try {
        return await this.#callOnce(request, deadline - performance.now());
      } catch (error) {
        if (error instanceof ApiError) {
          if (error.code === 401 && !unauthorized) {
            unauthorized = true;
            this.#access.authorization.invalidate();
            continue;
          }
          if (!isThrottled(error)) throw error;
          // A server that says "at once" must not be hammered either.
          waitMs = Math.max(backoff.nextMs(), error.retryAfterMs ?? 0);
        } else {
          const harmless =
            request.method === "GET" ||
            (error instanceof TransportError && error.code === "ECONNREFUSED");
          if (
            !harmless ||
            backoff.attempts + 1 >= connectionAttempts ||
            (error instanceof TransportError && error.code === "ETIMEDOUT")
          ) {
            throw error;
          }
          waitMs = backoff.nextMs();
        }
        if (performance.now() + waitMs >= deadline) throw error;
      }
      await pause(waitMs, request.signal);
      request.signal?.throwIfAborted();
    }
  }

  async #callOnce(request: TransportRequest, timeoutMs: number): Promise<unknown> {
    const abort = new AbortController();
    const forward = (): void => abort.abort(request.signal?.reason);
    if (request.signal?.aborted) forward();
    request.signal?.addEventListener("abort", forward, { once: true });
    const label = `${request.method} ${request.path}`;
    const timer = setTimeout(
      () => abort.abort(new TransportError(`${label}: no answer in time`, "ETIMEDOUT")),
      Math.max(1, timeoutMs),
    );
    try {
      const response = await this.#send(request, abort.signal, 0);
      const text = await response.body.text();
      // The API never redirects; a proxy that wants a login does.
      if (response.statusCode >= 300) throw toApiError(response, text, label);
      return text === "" ? undefined : parseBody(text, response.headers["content-type"]);
    } catch (error) {
      throw toTransportError(error, abort.signal, label);
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", forward);
    }
  }

  /**
   * Opens a stream of which nobody knows when the next byte comes. It fails when `idleMs` pass without one.
   * The caller destroys it or aborts the signal.
   */
  async stream(path: string, signal: AbortSignal, idleMs: number): Promise<Readable> {
    const label = `GET ${path}`;
    try {
      const response = await this.#send({ method: "GET", path }, signal, idleMs);
      if (response.statusCode >= 300) {
        if (response.statusCode === 401) this.#access.authorization.invalidate();
        throw toApiError(response, await response.body.text(), label);
      }
      return response.body;
    } catch (error) {
      throw toTransportError(error, signal, label);
    }
  }

  async #send(
    request: Pick<TransportRequest, "method" | "path" | "body" | "contentType">,
    signal: AbortSignal,
    bodyTimeout: number,
  ): Promise<Dispatcher.ResponseData> {
    const authorization = await this.#access.authorization.header();
    return send(this.#access.server + request.path, {
      method: request.method,
      dispatcher: this.#dispatcher,
      signal,
      headersTimeout: 60_000,
      bodyTimeout,
      headers: {
        accept: "application/json",
        "user-agent": this.#userAgent,
        ...(authorization === undefined ? {} : { authorization }),
        ...(request.body === undefined
          ? {}
          : { "content-type": request.contentType ?? "application/json" }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }
}

/** 429 always, 503 and 504 where the server says when to come back: it didn't begin the request. */
function isThrottled(error: ApiError): boolean {
  return (
    error.code === 429 ||
    ((error.code === 503 || error.code === 504) && error.retryAfterMs !== undefined)
  );
}

function parseBody(text: string, contentType: string | string[] | undefined): unknown {
  return String(contentType).startsWith("application/json") ? JSON.parse(text) : text;
}

function toApiError(response: Dispatcher.ResponseData, text: string, label: string): ApiError {
  let status: ApiStatus = { message: text.slice(0, 500) };
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) status = parsed;
  } catch {
    // A proxy or a handler before the API's own answered in plain text.
  }
  const seconds = Number(response.headers["retry-after"] ?? status.details?.retryAfterSeconds);
  return new ApiError(
    response.statusCode,
    status,
    label,
    Number.isFinite(seconds) ? seconds * 1000 : undefined,
  );
}

function toTransportError(error: unknown, signal: AbortSignal, label: string): unknown {
  if (error instanceof ApiError || error instanceof TransportError) return error;
  if (signal.aborted) return signal.reason;
  const cause = error as NodeJS.ErrnoException;
  return new TransportError(`${label}: ${cause.message}`, cause.code ?? "EUNKNOWN", error);
}
