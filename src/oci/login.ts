import { getCACertificates } from "node:tls";
import { Agent } from "undici";
import { authorize, parseChallenge } from "./authorization.ts";
import { type Endpoint, endpoints } from "./endpoint.ts";
import { ImageError } from "./errors.ts";
import { type Answer, discard, get } from "./exchange.ts";
import type { RegistryCredentials, RegistrySettings } from "./settings.ts";

/**
 * Asks a registry whether it takes a login, by its API's root (distribution spec, "API version check"). Mirrors aren't asked: a login is the registry's own.
 *
 * @param registry host as references name it
 * @throws ImageError `RegistryUnauthorized` where it doesn't; the others where it couldn't be asked
 */
export async function checkLogin(
  registry: string,
  login: RegistryCredentials,
  settings: RegistrySettings,
  signal?: AbortSignal,
): Promise<void> {
  const places = endpoints({ registry, repository: "" }, { ...settings, mirrors: [] });
  const ca =
    settings.ca === undefined ? {} : { ca: [...getCACertificates("default"), settings.ca] };
  let last: unknown;
  for (const place of places) {
    const tls = place.verify ? ca : { rejectUnauthorized: false };
    const agent = new Agent({ headersTimeout: 30_000, connect: { timeout: 10_000, ...tls } });
    try {
      return await ask(agent, place, login, signal);
    } catch (error) {
      // Somebody who has answered over TLS is not asked again in the clear.
      if (!(error instanceof ImageError) || error.code !== "RegistryUnreachable") throw error;
      last = error;
    } finally {
      await agent.destroy();
    }
  }
  throw last;
}

async function ask(
  agent: Agent,
  { url, verify }: Endpoint,
  credentials: RegistryCredentials,
  signal?: AbortSignal,
): Promise<void> {
  const root = `${url}/v2/`;
  const first = await get(agent, root, {}, signal);
  await discard(first);
  if (first.statusCode === 200) return; // It wants no login, so none is wrong.
  if (first.statusCode !== 401) throw unexpected(first, root);
  const authorization = await authorize({
    challenge: parseChallenge(String(first.headers["www-authenticate"] ?? "")),
    scope: "",
    credentials,
    mayUseHttp: !verify || url.startsWith("http:"),
    get: (place, headers) => get(agent, place, headers, signal),
  });
  const second =
    authorization === undefined ? undefined : await get(agent, root, { authorization }, signal);
  if (second !== undefined) await discard(second);
  if (second === undefined || second.statusCode === 401 || second.statusCode === 403) {
    throw new ImageError(
      "RegistryUnauthorized",
      `${root} refused user ${JSON.stringify(credentials.username.slice(0, 100))}`,
    );
  }
  if (second.statusCode !== 200) throw unexpected(second, root);
}

const unexpected = ({ statusCode }: Answer, url: string): ImageError =>
  new ImageError("RegistryFailed", `${url} answered ${statusCode}`);
