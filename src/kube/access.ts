import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Options of `tls.connect`, as far as they are needed. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Where the API server is and who we are. */
export interface ClusterAccess {
  /** Base URL without a slash at its end. */
  readonly server: string;
  /** The namespace that the configuration names, or that the pod runs in. */
  readonly namespace: string;
  readonly proxyUrl?: string | undefined;
  readonly tls: TlsOptions;
  readonly authorization: Authorization;
}

export interface Authorization {
  /** Value of the header `Authorization`; undefined where client certificates (or nothing) say who we are. */
  header(): Promise<string | undefined>;
  /** Called after a 401, so that the next call reads the credentials anew. */
  invalidate(): void;
}

/** A header that never changes. */
export function fixedAuthorization(header: string | undefined): Authorization {
  return { header: () => Promise.resolve(header), invalidate: () => {} };
}

/** A user name and its password (RFC 7617). */
export function basicAuthorization(username: string, password: string): Authorization {
  const encoded = Buffer.from(`${username}:${password}`).toString("base64");
  return fixedAuthorization(`Basic ${encoded}`);
}

/** A token in a file that something else rotates (bound service account tokens: about hourly); read at most once a minute. */
export function fileAuthorization(path: string, maxAgeMs = 60_000): Authorization {
  let cached: { readonly header: string; readonly at: number } | undefined;
  return {
    async header() {
      const now = performance.now();
      if (cached === undefined || now - cached.at > maxAgeMs) {
        cached = { header: `Bearer ${(await readFile(path, "utf8")).trim()}`, at: now };
      }
      return cached.header;
    },
    invalidate() {
      cached = undefined;
    },
  };
}

/** Where the kubelet puts a pod's credentials. */
const serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The access of a pod through its service account. `host` and `port` come from `KUBERNETES_SERVICE_HOST` and `_PORT`. */
export async function loadInCluster(
  host: string,
  port: string,
  directory = serviceAccountDirectory,
): Promise<ClusterAccess> {
  const [ca, namespace] = await Promise.all([
    readFile(join(directory, "ca.crt"), "utf8"),
    readFile(join(directory, "namespace"), "utf8"),
  ]);
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    namespace: namespace.trim(),
    tls: { ca },
    authorization: fileAuthorization(join(directory, "token")),
  };
}
