import { pino, stdSerializers, type Logger, type LoggerOptions } from "pino";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** Field names that hold secrets wherever they come from, at the depths at which objects are logged. */
const secretNames = ["password", "token", "authorization", "Authorization", "privateKey"];
/** What a Secret of Kubernetes keeps its values in. */
const secretPaths = ["secret.data", "secret.stringData", "*.secret.data", "*.secret.stringData"];

/** Redaction is the second line of defence: code doesn't log secrets in the first place. */
const redact: NonNullable<LoggerOptions["redact"]> = {
  paths: [
    ...secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]),
    ...secretPaths,
  ],
  censor: "[redacted]",
};

/** A logger that writes JSON lines to standard output. Levels by name and times in RFC 3339, as log collectors expect. */
export function createLogger(level: LogLevel, destination?: NodeJS.WritableStream): Logger {
  const options: LoggerOptions = {
    level,
    redact,
    base: null,
    serializers: { err: describeError, error: describeError },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** An error's message is no field that JSON would show. Some callers log what isn't one, such as a message. */
function describeError(value: unknown): unknown {
  return value instanceof Error ? stdSerializers.err(value) : value;
}
