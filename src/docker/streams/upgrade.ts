import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";

/** What Node's event `upgrade` gives, made into what a handler of ordinary requests gets. */
export interface UpgradeRequest {
  /** An ordinary answer, for whoever doesn't get the upgrade; the connection closes after it. */
  readonly response: ServerResponse;
  /** Where the body and what follows it are read, in paused mode: read exactly Content-Length bytes (`readExactly`). */
  readonly source: Readable;
  /** Detaches the response: from here on the connection is the caller's, half-close included. */
  takeOver(): Duplex;
}

/**
 * Node 24 leaves the body of such a request in `head` and the socket, split anywhere; Node 26 parses it (nodejs/node#60016): `source` is where it
 * is. The server must have been made with `allowHalfOpen`, which for TLS isn't the default.
 */
export function upgradeRequest(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): UpgradeRequest {
  // A connection that is reset also closes, and that is all that anybody needs to know.
  socket.on("error", () => undefined);
  if (head.length > 0) socket.unshift(head);
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.on("finish", () => socket.end());
  return {
    response,
    source: request.complete ? socket : request,
    takeOver: () => {
      response.detachSocket(socket as Socket);
      return socket;
    },
  };
}
