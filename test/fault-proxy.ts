import { request as httpsRequest } from "node:https";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { ClusterAccess } from "../src/kube/access.ts";
import { loadKubeconfig } from "../src/kube/kubeconfig.ts";

/** What happens to a request instead of being passed on. */
export type Fault =
  | { readonly type: "reset" }
  | { readonly type: "hang" }
  | {
      readonly type: "answer";
      readonly code: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    };

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

/** Stands between a client and a real API server, passes everything on, and breaks what it is told to break. */
export interface FaultProxy {
  /** How clients reach the API server through it. */
  readonly access: ClusterAccess;
  /** All requests so far. */
  readonly seen: readonly SeenRequest[];
  /** Connections that clients have opened so far. */
  connections(): number;
  /** Watches that are open now. */
  openWatches(): number;
  /** Asked for each request; undefined passes it on. */
  decide: ((request: SeenRequest) => Fault | undefined) | undefined;
  /** Cuts the connections of all open watches. */
  resetWatches(): void;
  /** Ends all open watches with a line of the proxy's own. */
  endWatchesWith(event: object): void;
  close(): Promise<void>;
}

export async function startFaultProxy(kubeconfig: string): Promise<FaultProxy> {
  const target = await loadKubeconfig(kubeconfig);
  const authorization = await target.authorization.header();
  const seen: SeenRequest[] = [];
  const watches = new Set<ServerResponse>();
  let connections = 0;

  const pass = (incoming: IncomingMessage, response: ServerResponse): void => {
    const headers = { ...incoming.headers, host: new URL(target.server).host };
    if (authorization !== undefined) headers.authorization = authorization;
    const upstream = httpsRequest(
      target.server + incoming.url,
      { ...target.tls, method: incoming.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.on("error", () => response.destroy());
        answer.pipe(response);
      },
    );
    upstream.on("error", () => response.destroy());
    response.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  };
  const listener: RequestListener = (incoming, response) => {
    const request = {
      method: incoming.method ?? "",
      url: incoming.url ?? "",
      authorization: incoming.headers.authorization,
    };
    seen.push(request);
    const fault = proxy.decide?.(request);
    if (fault?.type === "reset") incoming.socket.destroy();
    else if (fault?.type === "answer") {
      const headers = { "content-type": "application/json", ...fault.headers };
      response.writeHead(fault.code, headers).end(fault.body);
    } else if (fault === undefined) {
      if (request.url.includes("watch=true")) {
        watches.add(response);
        response.on("close", () => watches.delete(response));
      }
      pass(incoming, response);
    }
  };
  const server = createServer(listener);
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const proxy: FaultProxy = {
    access: {
      server: `http://127.0.0.1:${port}`,
      namespace: target.namespace,
      tls: {},
      authorization: { header: () => Promise.resolve(undefined), invalidate: () => {} },
    },
    seen,
    connections: () => connections,
    openWatches: () => watches.size,
    decide: undefined,
    resetWatches() {
      for (const watch of watches) watch.destroy();
    },
    endWatchesWith(event) {
      for (const watch of watches) watch.end(`${JSON.stringify(event)}\n`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
