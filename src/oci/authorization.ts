import { readAtMost } from "./body.ts";
import { ImageError } from "./errors.ts";
import { type Answer, discard, type Headers } from "./exchange.ts";
import { printable } from "./printable.ts";

const TOKEN_BYTES = 64 * 1024;

/** What a registry's 401 asks for (RFC 9110 §11.3; distribution spec, "Token Authentication"). */
export interface Challenge {
  readonly scheme: "basic" | "bearer";
  readonly parameters: Readonly<Record<string, string>>;
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface AuthorizeOptions {
  readonly challenge: Challenge | undefined;
  /** Asked for where the challenge names none. */
  readonly scope: string;
  readonly credentials: Credentials | undefined;
  /** Whether a token service may be asked in the clear; only where the registry itself is. */
  readonly mayUseHttp: boolean;
  get(url: string, headers: Headers): Promise<Answer>;
}

/** Reads a `WWW-Authenticate` header, of several challenges the one that it can meet best; none of another scheme. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme, rest] =
    /(?:^|,)\s*(bearer)\s+(.*)$/i.exec(header) ??
    /(?:^|,)\s*(basic)(?:\s+(.*))?$/i.exec(header) ??
    [];
  if (scheme === undefined) return undefined;
  const parameters: Record<string, string> = {};
  for (const [, name, quoted, bare] of (rest ?? "").matchAll(
    /(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g,
  )) {
    const value = (quoted ?? bare ?? "").replace(/\\(.)/g, "$1");
    if (name !== undefined) parameters[name.toLowerCase()] ??= value;
  }
  return { scheme: scheme.toLowerCase() as Challenge["scheme"], parameters };
}

/**
 * The `Authorization` header that meets a challenge; nothing where it can't be met, or the token service refuses the credentials.
 * @throws ImageError where the token service fails otherwise
 */
export async function authorize(options: AuthorizeOptions): Promise<string | undefined> {
  const { challenge, credentials } = options;
  if (challenge === undefined) return undefined;
  if (challenge.scheme === "basic") return credentials && basic(credentials);

  const url = tokenUrl(challenge, options);
  const answer = await options.get(
    url.href,
    credentials ? { authorization: basic(credentials) } : {},
  );
  if ([400, 401, 403].includes(answer.statusCode)) {
    await discard(answer);
    return undefined;
  }
  if (answer.statusCode !== 200) {
    await discard(answer);
    throw new ImageError(
      "RegistryFailed",
      `the registry's token service ${url.host} answered ${answer.statusCode}`,
    );
  }
  return `Bearer ${tokenIn(await readAtMost(answer.body, TOKEN_BYTES, "a token"), url)}`;
}

function tokenUrl({ parameters }: Challenge, { scope, mayUseHttp }: AuthorizeOptions): URL {
  const { realm = "", service } = parameters;
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && mayUseHttp)))
    throw new ImageError(
      "RegistryFailed",
      `the registry names a token service that can't be asked: ${JSON.stringify(printable(realm))}`,
    );
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", parameters.scope ?? scope);
  return url;
}

/** The token in a token service's answer, which calls it one or the other (distribution spec, "Token Response Fields"). */
function tokenIn(body: Buffer, { host }: URL): string {
  try {
    const document = JSON.parse(body.toString("utf8")) as {
      token?: unknown;
      access_token?: unknown;
    } | null;
    const token = document?.token ?? document?.access_token;
    if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token;
  } catch {
    // The error below says it; never what was answered, which may hold a secret.
  }
  throw new ImageError(
    "RegistryFailed",
    `the registry's token service ${host} answered without a token`,
  );
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
