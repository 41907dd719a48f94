import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import type { Readable } from "node:stream";
import { ConsoleError } from "./console-client.ts";
import { type Http2Pool, unavailable } from "./http2-pool.ts";

/** A console may send us on, and that one again; more than that is a circle. */
const MAX_HOPS = 3;
const MAX_BODY = 16 * 1024 * 1024;

export interface Ask {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** JSON; left out, the request goes on: its stream is the caller's to end. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a console, and whichever it sends us to.
 * @returns the stream of an answer with status 2xx, unread; the signal still ends it
 * @throws ConsoleError as the console refused, 503 `Unavailable` where it isn't reached; the signal's reason
 */
export async function ask(pool: Http2Pool, origin: string, asked: Ask): Promise<ClientHttp2Stream> {
  let url = new URL(asked.path, origin);
  for (let hop = 0; ; hop++) {
    asked.signal?.throwIfAborted();
    const stream = await pool.request(url.origin, {
      ":method": asked.method,
      ":path": `${url.pathname}${url.search}`,
      ...(asked.body !== undefined && { "content-type": "application/json" }),
    });
    if (asked.body !== undefined) stream.end(JSON.stringify(asked.body));
    else if (asked.method === "GET") stream.end();
    const headers = await response(stream, asked.signal);
    const status = Number(headers[":status"]);
    if (status >= 200 && status < 300) {
      hangUpAt(stream, asked.signal);
      return stream;
    }
    const { location } = headers;
    if (status === 307 && location !== undefined && hop < MAX_HOPS) {
      stream.close();
      url = new URL(location, url);
      continue;
    }
    throw await refusal(stream, status);
  }
}

function response(
  stream: ClientHttp2Stream,
  signal: AbortSignal | undefined,
): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      stream.off("response", onResponse).off("close", onClose);
      signal?.removeEventListener("abort", onAbort);
    };
    const onResponse = (headers: IncomingHttpHeaders) => {
      settle();
      resolve(headers);
    };
    let cause: Error = new Error("it hung up");
    const onClose = () => {
      settle();
      reject(unavailable(cause));
    };
    const onAbort = () => {
      settle();
      stream.close();
      reject(signal?.reason as Error);
    };
    stream
      .on("error", (error: Error) => (cause = error))
      .on("response", onResponse)
      .on("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}

function hangUpAt(stream: ClientHttp2Stream, signal: AbortSignal | undefined): void {
  const hangUp = () => stream.close(constants.NGHTTP2_CANCEL);
  signal?.addEventListener("abort", hangUp, { once: true });
  stream.once("close", () => signal?.removeEventListener("abort", hangUp));
  if (signal?.aborted) hangUp();
}

async function refusal(stream: ClientHttp2Stream, status: number): Promise<ConsoleError> {
  stream.end();
  const body = await readJson(stream).catch(() => ({}));
  const { reason, message } = body as { reason?: unknown; message?: unknown };
  return new ConsoleError(
    status,
    typeof reason === "string" ? reason : "AgentFailed",
    typeof message === "string" ? message : `The console answered with status ${status}`,
  );
}

/** @throws ConsoleError `Unavailable` where the answer is cut off or makes no sense */
export async function readJson(stream: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY) throw new Error("its answer is too long");
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    stream.destroy();
    throw unavailable(error);
  }
}
