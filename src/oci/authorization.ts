import type { Dispatcher } from "undici";

/** What a registry's 401 asks for (RFC 9110 §11.3; distribution spec, "Token Authentication"). */
export interface Challenge {
  readonly scheme: "basic" | "bearer";
  readonly parameters: Readonly<Record<string, string>>;
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Reads a `WWW-Authenticate` header; none of another scheme. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme, rest] = /^\s*(basic|bearer)\s+(.*)$/i.exec(header) ?? [];
  if (scheme === undefined || rest === undefined) return undefined;
  const parameters: Record<string, string> = {};
  for (const [, name, quoted, bare] of rest.matchAll(
    /(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g,
  )) {
    if (name !== undefined)
      parameters[name.toLowerCase()] = (quoted ?? bare ?? "").replace(/\\(.)/g, "$1");
  }
  return { scheme: scheme.toLowerCase() as Challenge["scheme"], parameters };
}

/** The `Authorization` header that meets a challenge; nothing where it can't be met. */
export async function authorize(
  challenge: Challenge | undefined,
  scope: string,
  credentials: Credentials | undefined,
  get: (url: string, headers: Record<string, string>) => Promise<Dispatcher.ResponseData>,
): Promise<string | undefined> {
  if (challenge === undefined) return undefined;
  if (challenge.scheme === "basic") return credentials && basic(credentials);

  const { realm, service } = challenge.parameters;
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", challenge.parameters.scope ?? scope);
  const answer = await get(url.href, credentials ? { authorization: basic(credentials) } : {});
  if (answer.statusCode !== 200) {
    await answer.body.dump();
    return undefined;
  }
  const body = (await answer.body.json()) as { token?: string; access_token?: string };
  const token = body.token ?? body.access_token;
  return token === undefined ? undefined : `Bearer ${token}`;
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
