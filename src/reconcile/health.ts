import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

export interface HealthOptions {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly registry: Registry;
  /** What has to be so for the process to be of use, by name. */
  readonly ready: Readonly<Record<string, () => boolean>>;
  /** What has to be so for the process not to be killed, by name. */
  readonly live?: Readonly<Record<string, () => boolean>>;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/healthz`, `/readyz` (each naming what fails, with 500) and `/metrics`. */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    respond(options, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  options: HealthOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split("?")[0];
  if (path === "/metrics") {
    const text = await options.registry.metrics();
    response.writeHead(200, { "content-type": options.registry.contentType }).end(text);
    return;
  }
  const checks =
    path === "/healthz" ? (options.live ?? {}) : path === "/readyz" ? options.ready : undefined;
  if (checks === undefined) {
    response.writeHead(404).end("not found\n");
    return;
  }
  const results = Object.entries(checks).map(([name, check]) => [name, check()] as const);
  const healthy = results.every(([, good]) => good);
  const lines = results.map(([name, good]) => `[${good ? "+" : "-"}] ${name}\n`);
  response.writeHead(healthy ? 200 : 500, { "content-type": "text/plain" });
  response.end(`${lines.join("")}${healthy ? "ok" : "failed"}\n`);
}
