import { setTimeout as sleep } from "node:timers/promises";
import { type Agent, type Dispatcher, request } from "undici";
import { ImageError } from "./errors.ts";
import { printable } from "./printable.ts";

const MAX_REDIRECTS = 5;
/** How often a registry may ask to be asked again later before that is its answer, and for how long. */
const MAX_WAITS = 2;
const MAX_WAIT_MS = 20_000;

export type Answer = Dispatcher.ResponseData;
export type Headers = Readonly<Record<string, string>>;

/**
 * One GET. Follows redirects by itself, since credentials must not go to another host (a CDN takes none and may log them), and
 * waits where a busy registry says for how long (RFC 9110 §10.2.3), a little while.
 * @throws ImageError where there was no answer; the signal's reason once it aborts
 */
export async function get(
  agent: Agent,
  url: string,
  headers: Headers,
  signal?: AbortSignal,
): Promise<Answer> {
  let at = new URL(url);
  let sent = headers;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const answer = await patiently(agent, at, sent, signal);
    const location = answer.headers.location;
    if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== "string")
      return answer;
    await discard(answer);
    const next = redirectTarget(location, at);
    if (next.origin !== at.origin) {
      const { authorization: _, ...rest } = sent;
      sent = rest;
    }
    at = next;
  }
  throw new ImageError("RegistryFailed", `${url} redirects more than ${MAX_REDIRECTS} times`);
}

/** Forgets an answer's body, so that its connection serves the next request. What is left of it isn't worth an error. */
export async function discard(answer: Answer): Promise<void> {
  await answer.body.dump().catch(() => {});
}

function redirectTarget(location: string, from: URL): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (next?.protocol === "https:" || (next?.protocol === "http:" && from.protocol === "http:"))
    return next;
  throw new ImageError(
    "RegistryFailed",
    `${from.host} redirects to where nobody may follow: ${printable(location)}`,
  );
}

async function patiently(
  agent: Agent,
  url: URL,
  headers: Headers,
  signal?: AbortSignal,
): Promise<Answer> {
  for (let waits = 0; ; waits++) {
    const answer = await send(agent, url, headers, signal);
    const waitMs = askedToWaitMs(answer);
    if (waitMs === undefined || waitMs > MAX_WAIT_MS || waits === MAX_WAITS) return answer;
    await discard(answer);
    await sleep(waitMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** What `Retry-After` asks for, where a status says that it is meant for a later attempt. */
function askedToWaitMs({ statusCode, headers }: Answer): number | undefined {
  const asked = headers["retry-after"];
  if ((statusCode !== 429 && statusCode !== 503) || typeof asked !== "string") return undefined;
  const waitMs = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - Date.now();
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

async function send(
  agent: Agent,
  url: URL,
  headers: Headers,
  signal?: AbortSignal,
): Promise<Answer> {
  try {
    return await request(url, { dispatcher: agent, headers, ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(url, error as NodeJS.ErrnoException);
  }
}

function connectionError({ host, protocol }: URL, error: NodeJS.ErrnoException): ImageError {
  const code = error.code ?? "";
  const said = printable(error.message || code);
  if (/^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
    return new ImageError(
      "RegistryUntrusted",
      `the certificate of registry ${host} isn't trusted: ${said}. Put its CA into the Secret that registries.caSecretRef names`,
      { cause: error },
    );
  const plain = protocol === "https:" && /ERR_SSL_(WRONG_VERSION|PACKET_LENGTH)/.test(code);
  return new ImageError(
    "RegistryUnreachable",
    plain
      ? `registry ${host} doesn't speak TLS. If that is meant to be so, add it to registries.insecure`
      : `registry ${host} can't be reached: ${said}`,
    { cause: error },
  );
}
