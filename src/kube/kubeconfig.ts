import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { load } from "js-yaml";
import {
  basicAuthorization,
  type ClusterAccess,
  fileAuthorization,
  fixedAuthorization,
  type TlsOptions,
} from "./access.ts";

/** The fields of client-go's `clientcmd/api/v1` Config that are read here. */
interface KubeconfigFile {
  readonly "current-context"?: string;
  readonly clusters?: readonly { readonly name: string; readonly cluster: Cluster }[];
  readonly contexts?: readonly { readonly name: string; readonly context: Context }[];
  readonly users?: readonly { readonly name: string; readonly user: User | null }[];
}

interface Cluster {
  readonly server: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
  readonly "proxy-url"?: string;
}

interface Context {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
}

interface User {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly exec?: unknown;
  readonly "auth-provider"?: unknown;
}

/**
 * Reads a kubeconfig, or several separated by colons as in `KUBECONFIG` (the first that names a thing wins, missing files
 * are skipped). Users with credential plugins are handed to client-node, which costs about 80 MB of memory and is
 * therefore imported for them alone.
 *
 * @throws Error where no file exists, or the current context doesn't resolve.
 */
export async function loadKubeconfig(paths: string): Promise<ClusterAccess> {
  const files = paths.split(":").filter((path) => path !== "");
  const clusters = new Map<string, Cluster>();
  const users = new Map<string, User>();
  const contexts = new Map<string, Context>();
  let currentContext: string | undefined;
  const found: string[] = [];
  for (const path of files) {
    const file = await readConfig(path);
    if (file === undefined) continue;
    found.push(path);
    const at = (name: string): string => (isAbsolute(name) ? name : join(dirname(path), name));
    currentContext ??= file["current-context"] || undefined;
    for (const { name, cluster } of file.clusters ?? []) {
      if (!clusters.has(name)) {
        clusters.set(name, resolveFiles(cluster, ["certificate-authority"], at));
      }
    }
    for (const { name, user } of file.users ?? []) {
      if (!users.has(name)) {
        users.set(
          name,
          resolveFiles(user ?? {}, ["tokenFile", "client-certificate", "client-key"], at),
        );
      }
    }
    for (const { name, context } of file.contexts ?? []) {
      if (!contexts.has(name)) contexts.set(name, context);
    }
  }
  if (found.length === 0) throw new Error(`kubeconfig: no such file: ${paths}`);
  const context = contexts.get(currentContext ?? "");
  if (context === undefined) {
    throw new Error(
      `kubeconfig ${paths}: no context named ${JSON.stringify(currentContext ?? "")}`,
    );
  }
  const cluster = clusters.get(context.cluster);
  if (cluster === undefined) {
    throw new Error(`kubeconfig ${paths}: no cluster named ${JSON.stringify(context.cluster)}`);
  }
  const user = users.get(context.user) ?? {};
  if (user.exec !== undefined || user["auth-provider"] !== undefined) {
    const { loadWithPlugins } = await import("./kubeconfig-plugins.ts");
    return loadWithPlugins(found);
  }
  return {
    server: cluster.server.replace(/\/+$/, ""),
    namespace: context.namespace ?? "default",
    proxyUrl: cluster["proxy-url"],
    tls: await tlsOptions(cluster, user),
    authorization: authorizationOf(user),
  };
}

async function readConfig(path: string): Promise<KubeconfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const parsed = load(text, { filename: path });
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new Error(`kubeconfig ${path}: not a mapping`);
  }
  return parsed;
}

/** Relative paths in a kubeconfig are relative to the file that holds them. */
function resolveFiles<T extends object>(
  entry: T,
  fields: readonly (keyof T)[],
  at: (name: string) => string,
): T {
  const resolved = { ...entry };
  for (const field of fields) {
    const value = entry[field];
    if (typeof value === "string" && value !== "") resolved[field] = at(value) as T[keyof T];
  }
  return resolved;
}

async function tlsOptions(cluster: Cluster, user: User): Promise<TlsOptions> {
  const ca = await pem(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  const cert = await pem(user["client-certificate-data"], user["client-certificate"]);
  const key = await pem(user["client-key-data"], user["client-key"]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(cluster["tls-server-name"] ? { servername: cluster["tls-server-name"] } : {}),
    ...(cluster["insecure-skip-tls-verify"] ? { rejectUnauthorized: false } : {}),
  };
}

async function pem(
  data: string | undefined,
  path: string | undefined,
): Promise<string | undefined> {
  if (data) return Buffer.from(data, "base64").toString("utf8");
  return path ? readFile(path, "utf8") : undefined;
}

function authorizationOf(user: User): ClusterAccess["authorization"] {
  if (user.tokenFile) return fileAuthorization(user.tokenFile);
  if (user.token) return fixedAuthorization(`Bearer ${user.token}`);
  if (user.username) return basicAuthorization(user.username, user.password ?? "");
  return fixedAuthorization(undefined);
}
