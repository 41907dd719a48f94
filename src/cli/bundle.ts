import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CONDITIONS } from "../api/conditions.ts";
import { KINDS } from "../api/kinds.ts";
import type { VirtualContainerHost } from "../api/virtualcontainerhost.gen.ts";
import type { BundleConfig } from "../config.ts";
import type { KubeClient } from "../kube/client.ts";
import { secretKind } from "../kube/core-kinds.ts";
import { isForbidden, isNotFound } from "../kube/errors.ts";
import { createKubeClient } from "../kube/http-client.ts";
import type { Kind } from "../kube/kind.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import { findCondition } from "../reconcile/conditions.ts";
import { loadAccess } from "./cluster.ts";
import { packageVersion } from "./version.ts";

/** What keeps a person from a host's Docker endpoint; the message says what to do. */
export class BundleError extends Error {
  override readonly name = "BundleError";
}

/** The files of DOCKER_CERT_PATH, and the keys of the Secret they are in. */
const FILES = { "ca.pem": "ca.crt", "cert.pem": "tls.crt", "key.pem": "tls.key" } as const;

/**
 * Writes the folder with which Docker tools reach a VirtualContainerHost.
 *
 * @returns lines for a shell: the variables
 * @throws BundleError
 */
export async function writeBundle(config: BundleConfig): Promise<string> {
  const access = await loadAccess(config.cluster);
  const client = createKubeClient(access, `vic-bundle/${packageVersion()}`);
  try {
    const namespace = config.namespace ?? access.namespace;
    const ref = { namespace, name: config.host };
    const host = await read(client, KINDS.VirtualContainerHost, ref, `VirtualContainerHost`);
    const address = addressOf(host);
    if (host.spec.docker.tls.mode === "None")
      return `export DOCKER_HOST=${quoted(address)}\nunset DOCKER_TLS_VERIFY DOCKER_CERT_PATH\n`;
    const name = host.status?.docker?.clientSecret ?? "";
    const { data = {} } = await read(client, secretKind, { namespace, name }, "Secret");
    const directory = resolve(config.output ?? config.host);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const [file, key] of Object.entries(FILES)) {
      const content = Buffer.from(data[key] ?? "", "base64");
      if (content.length === 0) throw new BundleError(`Secret ${namespace}/${name} has no ${key}`);
      const path = join(directory, file);
      await writeFile(path, content, { mode: 0o600 });
      await chmod(path, 0o600); // a file that was there keeps its mode
    }
    return [
      `export DOCKER_HOST=${quoted(address)}`,
      "export DOCKER_TLS_VERIFY=1",
      `export DOCKER_CERT_PATH=${quoted(directory)}`,
      "",
    ].join("\n");
  } finally {
    await client.close();
  }
}

/** What DOCKER_HOST is, if Docker tools reach the host by now. */
export function addressOf({ metadata, spec, status }: VirtualContainerHost): string {
  const what = `VirtualContainerHost ${metadata.namespace}/${metadata.name}`;
  const condition = findCondition(status?.conditions, CONDITIONS.DockerReady);
  const { host, clientSecret } = status?.docker ?? {};
  const isWhole =
    host !== undefined && (clientSecret !== undefined || spec.docker.tls.mode === "None");
  if (condition?.status === "True" && isWhole) return host;
  const why = condition
    ? `${condition.reason}: ${condition.message}`
    : "no operator has seen it yet";
  throw new BundleError(`${what} can't be reached by Docker tools yet (${why})`);
}

async function read<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  ref: ObjectRef,
  what: string,
): Promise<T> {
  const name = `${what} ${ref.namespace}/${ref.name}`;
  try {
    return await client.get(kind, ref);
  } catch (error) {
    if (isNotFound(error)) throw new BundleError(`there is no ${name}`);
    if (isForbidden(error)) throw new BundleError(`you may not read ${name}`);
    throw error;
  }
}

/** A word for POSIX shells. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./[\]-]+$/.test(text) && !text.includes("[")
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
