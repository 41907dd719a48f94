import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Takes the connection of an ordinary request, whose body has been read, away from Node's parser, as Go's `Hijack` does: raw bytes both ways, and
 * half-close. There is no public way to; a listener for data makes Node hand the socket over. What the client sent before it got an answer is lost
 * to the parser.
 */
export function takeOverPlain(request: IncomingMessage, response: ServerResponse): Duplex {
  const { socket } = request;
  response.detachSocket(socket);
  for (const event of ["data", "readable", "end", "drain", "error", "timeout"])
    socket.removeAllListeners(event);
  socket.on("error", () => undefined);
  const take = (): void => undefined;
  socket.on("data", take);
  socket.pause();
  socket.off("data", take);
  return socket;
}
