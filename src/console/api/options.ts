import type { AttachOptions, LogOptions } from "../client/console-client.ts";
import { invalid, readFlag, readNumber } from "./request.ts";

/** A resourceVersion that whoever asks has seen. @throws ConsoleError `InvalidParameter` */
export function readSeen(query: URLSearchParams): { readonly seen?: string } {
  const seen = query.get("seen");
  if (seen === null) return {};
  if (!/^[0-9]{1,20}$/.test(seen)) throw invalid("seen is no resourceVersion");
  return { seen };
}

/** @throws ConsoleError `InvalidParameter` */
export function readAttachOptions(query: URLSearchParams): AttachOptions {
  const run = query.get("run") ?? "current";
  if (run !== "current" && run !== "next") throw invalid("run is neither current nor next");
  return {
    stdin: readFlag(query, "stdin"),
    stdout: readFlag(query, "stdout"),
    stderr: readFlag(query, "stderr"),
    logs: readFlag(query, "logs"),
    stream: readFlag(query, "stream"),
    run,
  };
}

/** @throws ConsoleError `InvalidParameter` */
export function readLogOptions(query: URLSearchParams): LogOptions {
  const tail = query.get("tail") === "all" ? undefined : readNumber(query, "tail");
  if (tail !== undefined && (!Number.isInteger(tail) || tail < 0))
    throw invalid("tail isn't a number of lines");
  const since = readNumber(query, "since");
  const until = readNumber(query, "until");
  return {
    stdout: readFlag(query, "stdout"),
    stderr: readFlag(query, "stderr"),
    follow: readFlag(query, "follow"),
    timestamps: readFlag(query, "timestamps"),
    ...(tail !== undefined && { tail }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}
