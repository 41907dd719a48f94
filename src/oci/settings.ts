/** What a VirtualContainerHost says about registries, Secrets read. */
export interface RegistrySettings {
  /** Where a registry's images are fetched instead, in order; the registry itself isn't asked then. */
  readonly mirrors?: readonly { readonly registry: string; readonly endpoint: string }[];
  /** Hosts that may be spoken to without TLS or with any certificate. Loopback addresses may always. */
  readonly insecure?: readonly string[];
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
