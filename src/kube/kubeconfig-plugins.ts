import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { ClusterAccess } from "./access.ts";

/**
 * A kubeconfig whose user needs a credential plugin (`exec`, `auth-provider`), read by client-node, which runs the plugin
 * and caches what it says until it expires. A client certificate from a plugin is taken once, at start.
 */
export async function loadWithPlugins(files: readonly string[]): Promise<ClusterAccess> {
  const config = new KubeConfig();
  for (const [index, file] of files.entries()) {
    const next = new KubeConfig();
    next.loadFromFile(file);
    if (index === 0) config.loadFromOptions(next);
    else config.mergeConfig(next, true);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("kubeconfig: the current context names no cluster");
  const resolve = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const { ca, cert, key, servername, rejectUnauthorized } = await resolve();
  return {
    server: cluster.server.replace(/\/+$/, ""),
    namespace: config.getContextObject(config.currentContext)?.namespace ?? "default",
    proxyUrl: cluster.proxyUrl,
    tls: {
      ...(ca === undefined ? {} : { ca: pem(ca) }),
      ...(cert === undefined ? {} : { cert: pem(cert) }),
      ...(key === undefined ? {} : { key: pem(key) }),
      ...(servername ? { servername } : {}),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
    authorization: {
      async header() {
        const { headers } = await resolve();
        return (headers as Record<string, string> | undefined)?.["Authorization"];
      },
      invalidate: () => {},
    },
  };
}

/** client-node gives one file's contents; node:https would also take lists. */
function pem(value: NonNullable<RequestOptions["ca"] | RequestOptions["key"]>): string {
  if (typeof value === "string") return value;
  if (Buffer.isBuffer(value)) return value.toString("utf8");
  throw new Error("kubeconfig: a certificate in a form that isn't expected");
}
