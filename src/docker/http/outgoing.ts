import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { DockerResponse, Headers } from "./response.ts";

/** {@link DockerResponse} over Node's. */
export class Outgoing implements DockerResponse {
  readonly raw: ServerResponse;
  readonly #takeOver: () => Duplex;
  #connection: Duplex | undefined;

  constructor(raw: ServerResponse, takeOver: () => Duplex) {
    this.raw = raw;
    this.#takeOver = takeOver;
  }

  get started(): boolean {
    return this.raw.headersSent || this.#connection !== undefined;
  }

  json(status: number, value: unknown, headers: Headers = {}): void {
    this.#whole(status, `${JSON.stringify(value)}\n`, "application/json", headers);
  }

  text(status: number, text: string): void {
    this.#whole(status, text, "text/plain; charset=utf-8", {});
  }

  empty(status: number, headers: Headers = {}): void {
    this.raw.writeHead(status, { ...headers }).end();
  }

  stream(status: number, headers: Headers): ServerResponse {
    this.raw.writeHead(status, { ...headers });
    this.raw.flushHeaders();
    return this.raw;
  }

  takeOver(): Duplex {
    this.#connection ??= this.#takeOver();
    return this.#connection;
  }

  /** Ends an answer that can't be finished, so that nobody takes it for whole. */
  abort(): void {
    if (this.#connection === undefined) this.raw.destroy();
    else this.#connection.destroy();
  }

  #whole(status: number, text: string, contentType: string, headers: Headers): void {
    const body = Buffer.from(text);
    const fixed = { "Content-Type": contentType, "Content-Length": body.length };
    this.raw.writeHead(status, { ...fixed, ...headers }).end(body);
  }
}
