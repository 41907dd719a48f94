import type { Readable } from "node:stream";
import { ConsoleError } from "../client/console-client.ts";

/** Of a line of an answer; `top` of many processes is the longest. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_MESSAGE = 1024;

/** What the guest's reasons are in HTTP; those that aren't here are the agent's failure. */
const STATUSES: Readonly<Record<string, number>> = {
  NotFound: 404,
  NotRunning: 409,
  NoTerminal: 409,
  Exists: 409,
  Started: 409,
  InvalidSignal: 400,
  InvalidParameter: 400,
  EntrypointNotFound: 400,
  EntrypointNotExecutable: 400,
  UserNotFound: 400,
  StartFailed: 400,
};

/**
 * Reads the first line of a command's output, which is a JSON object; what follows stays in the stream.
 * @throws Error where it is anything else, too long, or the stream or the signal end it before
 */
export function readAnswer(
  stream: Readable,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const held: Buffer[] = [];
    let size = 0;
    const settle = (result: Readonly<Record<string, unknown>> | Error) => {
      stream.off("readable", onReadable).off("end", onEnd).off("close", onEnd);
      signal.removeEventListener("abort", onAbort);
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const onEnd = () => settle(new Error("the guest ended the command without an answer"));
    const onAbort = () => settle(signal.reason as Error);
    const onReadable = () => {
      for (;;) {
        const chunk = stream.read() as Buffer | null;
        if (chunk === null) return;
        const end = chunk.indexOf(10);
        held.push(end < 0 ? chunk : chunk.subarray(0, end));
        size += chunk.length;
        if (end < 0 && size <= MAX_BYTES) continue;
        const rest = chunk.subarray(end + 1);
        settle(end < 0 ? new Error("the guest's answer is too long") : parse(Buffer.concat(held)));
        if (end >= 0 && rest.length > 0) stream.unshift(rest);
        return;
      }
    };
    stream.on("readable", onReadable).on("end", onEnd).on("close", onEnd);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function parse(line: Buffer): Readonly<Record<string, unknown>> | Error {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    if (isObject(value)) return value;
  } catch {
    // as any other nonsense
  }
  return new Error("the guest's answer isn't a JSON object");
}

/** The refusal that an answer is, if it is one. Guests choose these words: they are bounded and hold no control characters. */
export function refusal({ error }: Readonly<Record<string, unknown>>): ConsoleError | undefined {
  if (error === undefined) return undefined;
  const { reason, message } = isObject(error) ? error : {};
  const known = typeof reason === "string" && Object.hasOwn(STATUSES, reason);
  const text = plain(message);
  return known
    ? new ConsoleError(STATUSES[reason] ?? 502, reason, text)
    : new ConsoleError(502, "AgentFailed", text);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const plain = (text: unknown): string =>
  typeof text === "string"
    ? text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, MAX_MESSAGE)
    : "the guest refused, and said no more";
