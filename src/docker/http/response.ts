import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

export type Headers = Readonly<Record<string, string | number>>;

/** The answer to one call. Headers that every answer has are there already. */
export interface DockerResponse {
  /** For what is chunked or streamed; also usable where the client asked for an upgrade and doesn't get one. */
  readonly raw: ServerResponse;
  /** Whether headers are sent: an error can't be a status any more. */
  readonly started: boolean;
  /** A JSON body with a newline, as Go's encoder writes it. */
  json(status: number, value: unknown, headers?: Headers): void;
  text(status: number, text: string): void;
  empty(status: number, headers?: Headers): void;
  /** Sends status and headers at once; what is written to `raw` afterwards goes out as it comes. */
  stream(status: number, headers: Headers): ServerResponse;
  /**
   * Gives the connection over: nothing is written to it any more by anybody else, and errors thrown later only close it. What
   * the client sent after its request (and its body, where there is one) is read from the returned stream. The caller ends it.
   */
  takeOver(): Duplex;
}
