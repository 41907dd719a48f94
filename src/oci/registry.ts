import { getCACertificates } from "node:tls";
import { Agent } from "undici";
import { authorize, parseChallenge } from "./authorization.ts";
import { checkDigest, readAtMost, sizedChunks } from "./body.ts";
import { type Endpoint, endpoints } from "./endpoint.ts";
import { ImageError } from "./errors.ts";
import { type Answer, discard, get, type Headers } from "./exchange.ts";
import { formatReference, type ImageReference } from "./reference.ts";
import { refusal } from "./refusal.ts";
import type { RegistrySettings } from "./settings.ts";

const MANIFEST_BYTES = 4 * 1024 * 1024; // the limit that registries keep for manifests (distribution spec)
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

/**
 * Speaks the OCI distribution protocol for one repository. Close it when done: it holds connections.
 * Every method throws {@link ImageError}, or the signal's reason once that aborts.
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
    const ca =
      settings.ca === undefined ? {} : { ca: [...getCACertificates("default"), settings.ca] };
    this.verifying = new Agent({ ...timeouts, connect: { timeout: 10_000, ...ca } });
    this.trusting = new Agent({
      ...timeouts,
      connect: { timeout: 10_000, rejectUnauthorized: false },
    });
  }

  /** A manifest or an index, by digest or tag; what it holds is checked against the digest asked for. */
  async manifest(digestOrTag: string, signal?: AbortSignal): Promise<Document> {
    const path = `manifests/${digestOrTag}`;
    const answer = await this.get(path, { accept: ACCEPT }, signal);
    const bytes = await readAtMost(answer.body, MANIFEST_BYTES, "the manifest", signal);
    const mediaType = String(answer.headers["content-type"] ?? "").split(";")[0] ?? "";
    return { digest: checkDigest(bytes, digestOrTag), mediaType, bytes };
  }

  /** A small blob (an image's config), whole and checked. */
  async blob(digest: string, signal?: AbortSignal): Promise<Buffer> {
    const answer = await this.get(`blobs/${digest}`, {}, signal);
    const bytes = await readAtMost(answer.body, MANIFEST_BYTES, "the image's config", signal);
    checkDigest(bytes, digest);
    return bytes;
  }

  /**
   * A layer's bytes as the registry holds them, exactly as many as its manifest says. Whoever reads them checks the digest.
   * Stop reading early by ending the iteration.
   */
  async *layer(
    layer: { readonly digest: string; readonly size: number },
    signal?: AbortSignal,
  ): AsyncGenerator<Buffer, void, undefined> {
    const answer = await this.get(`blobs/${layer.digest}`, {}, signal);
    yield* sizedChunks(answer.body, layer, signal);
  }

  async close(): Promise<void> {
    await Promise.all([this.verifying.destroy(), this.trusting.destroy()]);
  }

  /** Asks one endpoint after the other; the last one's error stands. */
  private async get(path: string, headers: Headers, signal?: AbortSignal): Promise<Answer> {
    let last: unknown;
    const answered = new Set<string>();
    for (const endpoint of endpoints(this.reference, this.settings)) {
      // Somebody who has answered over TLS is not asked again in the clear.
      if (answered.has(placeOf(endpoint))) continue;
      try {
        return await this.getFrom(endpoint, path, headers, signal);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        last = error;
        if (error.code !== "RegistryUnreachable") answered.add(placeOf(endpoint));
      }
    }
    throw last;
  }

  private async getFrom(
    endpoint: Endpoint,
    path: string,
    headers: Headers,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const url = `${endpoint.url}/v2/${this.reference.repository}/${path}`;
    const agent = endpoint.verify ? this.verifying : this.trusting;
    const known = this.authorizations.get(endpoint.url);
    let answer = await get(
      agent,
      url,
      known ? { ...headers, authorization: known } : headers,
      signal,
    );
    if (answer.statusCode === 401) {
      await discard(answer);
      const header = String(answer.headers["www-authenticate"] ?? "");
      const authorization = await this.login(endpoint, header, signal);
      answer = await get(agent, url, { ...headers, authorization }, signal);
      // A token that has served is kept until it is refused.
      if (answer.statusCode !== 401) this.authorizations.set(endpoint.url, authorization);
    }
    if (answer.statusCode === 200) return answer;
    throw await refusal(answer, endpoint.url, this.name(), path);
  }

  /** The `Authorization` header that meets an endpoint's challenge. */
  private async login(endpoint: Endpoint, header: string, signal?: AbortSignal): Promise<string> {
    const registry = endpoint.isMirror ? hostOf(endpoint) : this.reference.registry;
    const credentials = this.settings.credentials?.[registry];
    const authorization = await authorize({
      challenge: parseChallenge(header),
      scope: `repository:${this.reference.repository}:pull`,
      credentials,
      mayUseHttp: !endpoint.verify || endpoint.url.startsWith("http:"),
      get: (url, headers) =>
        get(endpoint.verify ? this.verifying : this.trusting, url, headers, signal),
    });
    if (authorization !== undefined) return authorization;
    const why =
      credentials === undefined
        ? "the pull secret has no login for it"
        : `it refused user ${JSON.stringify(credentials.username)}`;
    throw new ImageError(
      "RegistryUnauthorized",
      `${endpoint.url} wants a login to pull ${this.name()}, and ${why}`,
    );
  }

  private name(): string {
    return formatReference(this.reference);
  }
}

const hostOf = ({ url }: Endpoint): string => new URL(url).host;
/** What its spellings with and without TLS share. */
const placeOf = ({ url }: Endpoint): string => url.replace(/^https?:/, "");
