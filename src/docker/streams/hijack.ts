import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { DockerRequest } from "../http/request.ts";
import type { DockerResponse } from "../http/response.ts";

/** How long a client is given that throws away what comes together with the head, in milliseconds. */
const GRACE_MS = 20;
/** A killed client closes its half, as one without input does: only probes tell them apart, in some two minutes. */
const KEEP_ALIVE_MS = 30_000;
/** From 1.42 on, frames have a content type of their own. */
const NAMED_FRAMES_MINOR = 42;

/** What the bytes of a stream are called: a terminal's raw, others in frames. Before API 1.42 there was but one name. */
export function streamContentType(tty: boolean, minor: number): string {
  return tty || minor < NAMED_FRAMES_MINOR
    ? "application/vnd.docker.raw-stream"
    : "application/vnd.docker.multiplexed-stream";
}

/**
 * Takes the connection over and sends the head: `101 UPGRADED` where the client asked for that, else a bare 200 without length, which only ever
 * had one content type. The end of what is read is the end of standard input and nothing else; `close` comes when the client is gone.
 * Read the body before.
 */
export async function hijack(
  request: DockerRequest,
  response: DockerResponse,
  options: { readonly tty: boolean },
): Promise<Duplex> {
  const connection = response.takeOver();
  const socket = connection as Partial<Socket>;
  socket.setKeepAlive?.(true, KEEP_ALIVE_MS);
  socket.setNoDelay?.(true);
  socket.setTimeout?.(0);
  connection.write(`${head(request, options.tty)}\r\n\r\n`);
  // docker-py leaves in a buffer, never to be read, what arrives together with the head.
  if (/python/i.test(request.headers["user-agent"] ?? "")) await sleep(GRACE_MS);
  return connection;
}

function head(request: DockerRequest, tty: boolean): string {
  if (!request.upgrade)
    return `HTTP/1.1 200 OK\r\nContent-Type: ${streamContentType(true, request.minor)}`;
  return [
    "HTTP/1.1 101 UPGRADED",
    `Content-Type: ${streamContentType(tty, request.minor)}`,
    "Connection: Upgrade",
    "Upgrade: tcp",
  ].join("\r\n");
}
