import { createServer as createPlainServer, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { dispatch, type DispatchOptions } from "../http/dispatch.ts";
import { tlsSettings } from "../http/tls-context.ts";
import type { Tenant } from "../tenant.ts";

/** What a listener asks about the hosts that it serves. */
export interface Directory {
  /** By the server name that a client asks for. */
  contextFor(serverName: string): SecureContext | undefined;
  tenantFor(serverName: string): Tenant | undefined;
  /** Whether the certificate that a client showed is one of this host's. */
  accepts(tenant: Tenant, socket: TLSSocket): boolean;
}

/** A listening server and its connections. */
export interface Listener {
  readonly port: number;
  /** No new connections; `cut` ends those that are open too. */
  close(cut: boolean): Promise<void>;
  /** Of a host's own port: what new connections are shown. */
  setContext(context: { cert: string; key: string; ca: string }): void;
}

const httpOptions: ServerOptions = {
  // Uploads and waits take as long as they take.
  requestTimeout: 0,
  headersTimeout: 30_000,
  keepAliveTimeout: 75_000,
  // Registry credentials and filters are headers and queries.
  maxHeaderSize: 128 * 1024,
  noDelay: true,
};

const tlsOptions = {
  ...httpOptions,
  ...tlsSettings,
  // Half-close is the end of standard input, nothing else.
  allowHalfOpen: true,
  handshakeTimeout: 10_000,
  requestCert: true,
  rejectUnauthorized: true,
  ALPNProtocols: ["http/1.1"],
};

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The port that all hosts share: the server name says which is meant. Without one, or with an unknown one, there is no handshake. */
export function listenShared(
  address: Address,
  directory: Directory,
  options: DispatchOptions,
): Promise<Listener> {
  const server = createTlsServer({
    ...tlsOptions,
    SNICallback: (name, done) => {
      const context = directory.contextFor(name);
      if (context === undefined) done(new Error(`no host is called ${JSON.stringify(name)}`));
      else done(null, context);
    },
  });
  const tenants = new WeakMap<Duplex, Tenant>();
  server.on("secureConnection", (socket: TLSSocket) => {
    const tenant = socket.servername ? directory.tenantFor(socket.servername) : undefined;
    if (tenant === undefined || !directory.accepts(tenant, socket)) socket.destroy();
    else tenants.set(socket, tenant);
  });
  return listen(server, address, (socket) => tenants.get(socket), options);
}

/** A host's own port. */
export async function listenOwn(
  address: Address,
  tenant: Tenant,
  tls: { cert: string; key: string; ca: string } | undefined,
  directory: Directory,
  options: DispatchOptions,
): Promise<Listener> {
  if (tls === undefined) {
    return listen(createPlainServer(httpOptions), address, () => tenant, options);
  }
  const server = createTlsServer({ ...tlsOptions, ...tls });
  const accepted = new WeakSet<Duplex>();
  server.on("secureConnection", (socket: TLSSocket) => {
    if (directory.accepts(tenant, socket)) accepted.add(socket);
    else socket.destroy();
  });
  const tenantOf = (socket: Duplex): Tenant | undefined =>
    accepted.has(socket) ? tenant : undefined;
  return listen(server, address, tenantOf, options);
}

async function listen(
  server: Server,
  { host, port }: Address,
  tenantOf: (socket: Duplex) => Tenant | undefined,
  options: DispatchOptions,
): Promise<Listener> {
  dispatch(server, tenantOf, options);
  // Upgraded connections are nobody's but ours.
  const sockets = new Set<Duplex>();
  server.on("connection", (socket: Duplex) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", (error) => options.log.warn({ err: error }, "a Docker listener failed"));
  return {
    port: (server.address() as AddressInfo).port,
    async close(cut) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if (!cut) return;
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    setContext: (context) => {
      if ("setSecureContext" in server) {
        (server as ReturnType<typeof createTlsServer>).setSecureContext({
          ...tlsSettings,
          ...context,
        });
      }
    },
  };
}
