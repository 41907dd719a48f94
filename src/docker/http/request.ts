import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Duplex, Readable } from "node:stream";
import type { DockerQuery } from "./query.ts";

/** One call of the Docker Engine API, its path already taken apart. */
export interface DockerRequest {
  readonly method: string;
  /** Without `/v1.x` and without query. */
  readonly path: string;
  /** What `{…}` of the route's pattern matched, percent-decoded; names may hold slashes. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: DockerQuery;
  readonly headers: IncomingHttpHeaders;
  /** Of the API that the client speaks: 41 for 1.41. */
  readonly minor: number;
  /** Aborts when the client has gone (its connection closed), or the gateway stops. A client's half-close isn't that. */
  readonly signal: AbortSignal;
  /** Whether the client asked for an upgrade (`Connection: Upgrade`, `Upgrade: tcp`). */
  readonly upgrade: boolean;
  readonly raw: IncomingMessage;
  /** The connection itself, for {@link DockerResponse.takeOver}. */
  readonly socket: Duplex;
  /** The body as it comes, for large ones; of upgraded requests too. */
  body(): Readable;
  /** Reads a body that says nothing, so that it isn't taken for what the client sends after it (docker-modem repeats the query there). */
  skipBody(limit?: number): Promise<void>;
  /**
   * The body parsed. Of an upgraded request exactly Content-Length bytes are read; what follows stays in the connection.
   *
   * @throws DockerError 400 for malformed JSON or another content type, 413 for more than `limit` bytes (default 4 MiB)
   */
  json<T>(limit?: number): Promise<T>;
  /** As {@link json}; undefined where there is no body. */
  optionalJson<T>(limit?: number): Promise<T | undefined>;
}
