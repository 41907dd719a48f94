import type { IncomingMessage } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { DockerError } from "../errors.ts";
import { defaultLimit, parseJson, readAll, readLength, tooLarge } from "./body.ts";
import { DockerQuery } from "./query.ts";
import type { DockerRequest } from "./request.ts";
import type { Match } from "./router.ts";

/** Where a request came in. */
export interface Arrival {
  readonly raw: IncomingMessage;
  readonly socket: Duplex;
  /** The body's stream; of an upgraded request it goes on after the body. */
  readonly source: Readable;
  readonly upgrade: boolean;
  /** Aborts when the client has gone. */
  readonly left: AbortSignal;
}

/** For JSON bodies, which are small; what is uploaded takes as long as it takes. */
const bodyTimeoutMs = 60_000;

/** {@link DockerRequest} over Node's. */
export class Incoming implements DockerRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: DockerQuery;
  readonly minor: number;
  readonly upgrade: boolean;
  readonly raw: IncomingMessage;
  readonly socket: Duplex;
  readonly #source: Readable;
  readonly #signals: readonly AbortSignal[];
  #signal: AbortSignal | undefined;

  constructor({ raw, socket, source, upgrade, left }: Arrival, match: Match, stop: AbortSignal) {
    this.raw = raw;
    this.socket = socket;
    this.upgrade = upgrade;
    this.#signals = [left, stop];
    this.#source = source;
    this.method = raw.method!;
    this.path = match.path;
    this.params = match.params;
    this.minor = match.minor;
    this.query = new DockerQuery(raw.url!.split("?", 2)[1] ?? "");
  }

  /** Made when it is first asked for: most requests are over before anybody could abort them. */
  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any([...this.#signals]);
    return this.#signal;
  }

  get headers(): IncomingMessage["headers"] {
    return this.raw.headers;
  }

  body(): Readable {
    return this.#source;
  }

  async skipBody(limit = defaultLimit): Promise<void> {
    await this.#bytes(limit);
  }

  async json<T>(limit = defaultLimit): Promise<T> {
    const value = await this.optionalJson<T>(limit);
    if (value === undefined) {
      throw new DockerError(400, "invalid JSON: got EOF while reading request body");
    }
    return value;
  }

  async optionalJson<T>(limit = defaultLimit): Promise<T | undefined> {
    const body = await this.#bytes(limit);
    if (body.length === 0) return undefined;
    return parseJson(body, this.headers["content-type"]) as T;
  }

  async #bytes(limit: number): Promise<Buffer> {
    const length = Number(this.headers["content-length"] ?? 0);
    if (length > limit) throw tooLarge(limit);
    // A body that never ends would be held for ever.
    const timer = setTimeout(() => this.socket.destroy(), bodyTimeoutMs);
    try {
      return await (this.upgrade
        ? readLength(this.#source, length, limit)
        : readAll(this.#source, limit));
    } finally {
      clearTimeout(timer);
    }
  }
}
