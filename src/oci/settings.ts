import { X509Certificate } from "node:crypto";
import { ImageError } from "./errors.ts";

/** What a VirtualContainerHost says about registries, Secrets read. */
export interface RegistrySettings {
  /** Where a registry's images are fetched instead, in order; the registry itself isn't asked then. */
  readonly mirrors?: readonly { readonly registry: string; readonly endpoint: string }[];
  /** Hosts that may be spoken to without TLS or with any certificate. Loopback addresses may always. */
  readonly insecure?: readonly string[];
  /** Registries that may be asked, as {@link RegistrySpec} has them; any where left out. */
  readonly allow?: readonly string[];
  /** PEM certificates trusted beside the system's. */
  readonly ca?: string;
  /** By registry host as references name it. */
  readonly credentials?: Readonly<Record<string, RegistryCredentials>>;
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Reads the `.dockerconfigjson` of a pull Secret: Docker's own file of logins, whose keys are hosts or URLs.
 * Entries that hold no user and password (identity tokens, credential helpers) are left out.
 * @throws SyntaxError where it is no JSON object
 */
export function parseDockerConfig(text: string): Readonly<Record<string, RegistryCredentials>> {
  const document = JSON.parse(text) as {
    auths?: Record<string, { auth?: unknown; username?: unknown; password?: unknown } | null>;
  } | null;
  const credentials: Record<string, RegistryCredentials> = {};
  for (const [key, entry] of Object.entries(document?.auths ?? {})) {
    const [username, password] = userAndPassword(entry ?? {});
    if (username !== undefined && password !== undefined)
      credentials[registryOf(key)] = { username, password };
  }
  return credentials;
}

function userAndPassword(entry: {
  auth?: unknown;
  username?: unknown;
  password?: unknown;
}): [string?, string?] {
  if (typeof entry.username === "string" && typeof entry.password === "string")
    return [entry.username, entry.password];
  if (typeof entry.auth !== "string") return [];
  const text = Buffer.from(entry.auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** `docker login` writes Docker Hub as `https://index.docker.io/v1/`. */
function registryOf(key: string): string {
  const host = key.replace(/^https?:\/\//, "").split("/")[0] ?? "";
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host;
}

/** The registries of a VirtualContainerHost as its spec has them, Secrets by name. */
export interface RegistrySpec {
  readonly mirrors?:
    | readonly { readonly registry: string; readonly endpoint: string }[]
    | undefined;
  readonly insecure?: readonly string[] | undefined;
  /** `host[:port]`, or `*.` and a domain for all names below it. */
  readonly allow?: readonly string[] | undefined;
  readonly caSecretRef?: { readonly name: string } | undefined;
  readonly pullSecretRef?: { readonly name: string } | undefined;
}

/** A Secret's data, decoded. */
type SecretData = Readonly<Record<string, string>>;

/**
 * Reads the Secrets that a spec names.
 * @param readSecret gives a Secret's data; nothing where there is no such Secret
 * @param own the pull Secret of one image, whose credentials come before those of the spec
 * @throws ImageError `RegistrySecretInvalid`, naming Secret and key
 */
export async function readRegistrySettings(
  spec: RegistrySpec | undefined,
  readSecret: (name: string) => Promise<SecretData | undefined>,
  own?: { readonly name: string; readonly data: SecretData },
): Promise<RegistrySettings> {
  const { mirrors, insecure, allow, caSecretRef, pullSecretRef } = spec ?? {};
  const settings: { -readonly [K in keyof RegistrySettings]: RegistrySettings[K] } = {};
  if (mirrors !== undefined) settings.mirrors = mirrors;
  if (insecure !== undefined) settings.insecure = insecure;
  if (allow !== undefined) settings.allow = allow;
  if (caSecretRef !== undefined)
    settings.ca = certificates(
      caSecretRef.name,
      await readKey(readSecret, caSecretRef.name, "ca.crt", "PEM certificates"),
    );
  if (pullSecretRef !== undefined)
    settings.credentials = await credentialsOf(pullSecretRef.name, readSecret);
  if (own !== undefined) {
    const credentials = await credentialsOf(own.name, () => Promise.resolve(own.data));
    settings.credentials = { ...settings.credentials, ...credentials };
  }
  return settings;
}

async function credentialsOf(
  name: string,
  readSecret: (name: string) => Promise<SecretData | undefined>,
): Promise<Readonly<Record<string, RegistryCredentials>>> {
  const what = "what `kubectl create secret docker-registry` writes";
  const text = await readKey(readSecret, name, ".dockerconfigjson", what);
  try {
    return parseDockerConfig(text);
  } catch {
    throw invalid(name, "holds no JSON under .dockerconfigjson");
  }
}

/** TLS would take anything, trust nobody for it, and say nothing. */
function certificates(secret: string, text: string): string {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    blocks.forEach((block) => new X509Certificate(block));
  } catch {
    throw invalid(secret, "holds something that is no certificate under ca.crt");
  }
  if (blocks.length === 0) throw invalid(secret, "holds no PEM certificate under ca.crt");
  return blocks.join("\n");
}

async function readKey(
  readSecret: (name: string) => Promise<SecretData | undefined>,
  name: string,
  key: string,
  what: string,
): Promise<string> {
  const data = await readSecret(name);
  if (data === undefined)
    throw invalid(name, "doesn't exist in this namespace: create it, or correct what names it");
  const value = data[key];
  if (value === undefined || value === "") throw invalid(name, `has no key ${key} with ${what}`);
  return value;
}

const invalid = (name: string, why: string) =>
  new ImageError("RegistrySecretInvalid", `Secret ${name} for registries ${why}`);
