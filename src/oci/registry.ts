import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { rootCertificates } from "node:tls";
import { Agent, type Dispatcher, request } from "undici";
import { authorize, type Challenge, parseChallenge } from "./authorization.ts";
import { type Endpoint, endpoints } from "./endpoint.ts";
import { ImageError } from "./errors.ts";
import { formatReference, type ImageReference } from "./reference.ts";
import type { RegistrySettings } from "./settings.ts";

const MANIFEST_BYTES = 4 * 1024 * 1024; // the limit that registries keep for manifests (distribution spec)
const MAX_REDIRECTS = 5;
const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

export interface Document {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What is answered for a path of the repository, whichever endpoint gave it. */
type Answer = Dispatcher.ResponseData;
type Ask = (url: string, headers: Record<string, string>) => Promise<Answer>;

/**
 * Speaks the OCI distribution protocol for one repository. Close it when done: it holds connections.
 * Every method throws {@link ImageError}.
 */
export class RepositoryClient {
  private readonly reference: ImageReference;
  private readonly settings: RegistrySettings;
  private readonly verifying: Agent;
  private readonly trusting: Agent;
  private readonly authorizations = new Map<string, string>();

  constructor(reference: ImageReference, settings: RegistrySettings) {
    this.reference = reference;
    this.settings = settings;
    const timeouts = { headersTimeout: 30_000, bodyTimeout: 60_000 };
    const ca = settings.ca === undefined ? {} : { ca: [...rootCertificates, settings.ca] };
    this.verifying = new Agent({ ...timeouts, connect: { timeout: 10_000, ...ca } });
    this.trusting = new Agent({
      ...timeouts,
      connect: { timeout: 10_000, rejectUnauthorized: false },
    });
  }

  /** A manifest or an index, by digest or tag; what it holds is checked against the digest asked for. */
  async manifest(digestOrTag: string, signal?: AbortSignal): Promise<Document> {
    const answer = await this.get(`manifests/${digestOrTag}`, { accept: ACCEPT }, signal);
    const bytes = await readAtMost(answer.body, MANIFEST_BYTES, "manifest");
    const mediaType = String(answer.headers["content-type"] ?? "").split(";")[0] ?? "";
    return { ...checked(bytes, digestOrTag), mediaType };
  }

  /** A small blob (an image's config), whole and checked. */
  async blob(digest: string, signal?: AbortSignal): Promise<Buffer> {
    const answer = await this.get(`blobs/${digest}`, {}, signal);
    return checked(await readAtMost(answer.body, MANIFEST_BYTES, "config"), digest).bytes;
  }

  /** A layer's bytes as the registry holds them. Whoever reads them checks the digest. */
  async blobStream(digest: string, signal?: AbortSignal): Promise<Readable> {
    return (await this.get(`blobs/${digest}`, {}, signal)).body;
  }

  async close(): Promise<void> {
    await Promise.all([this.verifying.destroy(), this.trusting.destroy()]);
  }

  /** Asks one endpoint after the other; the last one's error stands. */
  private async get(
    path: string,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Answer> {
    let last: unknown;
    for (const endpoint of endpoints(this.reference, this.settings)) {
      try {
        return await this.getFrom(endpoint, path, headers, signal);
      } catch (error) {
        last = error;
        // Somebody who has answered over TLS is not asked again in the clear.
        if (!endpoint.verify && error instanceof ImageError && error.code !== "RegistryUnreachable")
          break;
      }
    }
    throw last;
  }

  private async getFrom(
    endpoint: Endpoint,
    path: string,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const url = `${endpoint.url}/v2/${this.reference.repository}/${path}`;
    const agent = endpoint.verify ? this.verifying : this.trusting;
    const ask = (to: string, sent: Record<string, string>) => follow(agent, to, sent, signal);
    const known = this.authorizations.get(endpoint.url);
    const first = await ask(
      url,
      known === undefined ? headers : { ...headers, authorization: known },
    );
    if (first.statusCode !== 401) return this.accept(first, endpoint.url, path);
    await first.body.dump();

    const challenge = parseChallenge(String(first.headers["www-authenticate"] ?? ""));
    const authorization = await this.authorization(challenge, endpoint.url, ask);
    this.authorizations.set(endpoint.url, authorization);
    return this.accept(await ask(url, { ...headers, authorization }), endpoint.url, path);
  }

  private async authorization(
    challenge: Challenge | undefined,
    endpoint: string,
    ask: Ask,
  ): Promise<string> {
    const credentials = this.settings.credentials?.[this.reference.registry];
    const scope = `repository:${this.reference.repository}:pull`;
    const authorization = await authorize(challenge, scope, credentials, ask);
    if (authorization !== undefined) return authorization;
    const why =
      credentials === undefined
        ? "no credentials for it are known"
        : `it refused user ${JSON.stringify(credentials.username)}`;
    throw new ImageError(
      "RegistryUnauthorized",
      `${endpoint} wants a login to pull ${this.name()}, and ${why}`,
    );
  }

  private async accept(answer: Answer, endpoint: string, path: string): Promise<Answer> {
    if (answer.statusCode === 200) return answer;
    const text = (
      await readAtMost(answer.body, 64 * 1024, "error").catch(() => Buffer.alloc(0))
    ).toString("utf8");
    const detail = registryMessage(text);
    const where = `${endpoint} answered ${answer.statusCode} for ${this.name()} (${path})${detail}`;
    if (answer.statusCode === 404) {
      throw new ImageError(
        "ImageNotFound",
        `image ${this.name()} not found: ${where}. Check the name and the tag`,
      );
    }
    if (answer.statusCode === 401 || answer.statusCode === 403)
      throw new ImageError("RegistryUnauthorized", `${where}. Check the pull secret`);
    throw new ImageError("RegistryFailed", where);
  }

  private name(): string {
    return formatReference(this.reference);
  }
}

/** Follows redirects by itself, since credentials must not go to another host (a CDN takes none and may log them). */
async function follow(
  agent: Agent,
  url: string,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<Answer> {
  let at = new URL(url);
  let sent = headers;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const answer = await send(agent, at, sent, signal);
    const location = answer.headers.location;
    if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== "string")
      return answer;
    await answer.body.dump();
    const next = new URL(location, at);
    if (next.origin !== at.origin) {
      const { authorization: _, ...rest } = sent;
      sent = rest;
    }
    at = next;
  }
  throw new ImageError("RegistryFailed", `${url} redirects more than ${MAX_REDIRECTS} times`);
}

async function send(
  agent: Agent,
  url: URL,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<Answer> {
  try {
    return await request(url, {
      dispatcher: agent,
      headers,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(url, error);
  }
}

function checked(bytes: Buffer, wanted: string): { digest: string; bytes: Buffer } {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (wanted.startsWith("sha256:") && wanted !== digest) {
    throw new ImageError(
      "DigestMismatch",
      `the registry answered ${digest} where ${wanted} was asked for`,
    );
  }
  return { digest, bytes };
}

async function readAtMost(body: Readable, limit: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit)
        throw new ImageError(
          "ManifestInvalid",
          `the registry's ${what} is larger than ${limit} bytes`,
        );
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw new ImageError(
      "RegistryUnreachable",
      `the registry cut the ${what} off: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return Buffer.concat(chunks);
}

/** The message in a registry's error document, bounded: it is a stranger's text that people will read. */
function registryMessage(text: string): string {
  try {
    const document = JSON.parse(text) as {
      errors?: readonly { code?: unknown; message?: unknown }[];
    };
    const first = document.errors?.[0];
    if (first === undefined) return "";
    const message = [first.code, first.message]
      .filter((part) => typeof part === "string")
      .join(" ");
    return `: ${message
      .replace(/[^\x20-\x7e]/g, "?")
      .slice(0, 200)
      .trim()}`;
  } catch {
    return "";
  }
}

function connectionError(url: URL, error: unknown): ImageError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const message = (error as Error).message || code;
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code);
  return untrusted
    ? new ImageError(
        "RegistryUntrusted",
        `the certificate of registry ${url.host} isn't trusted: ${message}. Put its CA into the Secret that registries.caSecretRef names`,
        { cause: error },
      )
    : new ImageError("RegistryUnreachable", `registry ${url.host} can't be reached: ${message}`, {
        cause: error,
      });
}
