import type { LogOptions } from "../../console/client/console-client.ts";
import { invalidParameter } from "../errors.ts";
import type { DockerQuery } from "../http/query.ts";

/** What `GET /containers/{name}/logs` asks for. @throws DockerError 400 */
export function logOptions(query: DockerQuery): LogOptions {
  const stdout = query.flag("stdout");
  const stderr = query.flag("stderr");
  if (!stdout && !stderr)
    throw invalidParameter("Bad parameters: you must choose at least one stream");
  const tail = tailOf(query.text("tail"));
  const since = timeOf(query.text("since"));
  const until = timeOf(query.text("until"));
  return {
    stdout,
    stderr,
    follow: query.flag("follow"),
    timestamps: query.flag("timestamps"),
    ...(tail === undefined ? {} : { tail }),
    // A time before 1970 leaves nothing out, as 0 does.
    ...(since === undefined || since <= 0 ? {} : { since }),
    ...(until === undefined || until === 0 ? {} : { until }),
  };
}

/** Whatever isn't a number of lines means all of them, as with dockerd. */
function tailOf(text: string): number | undefined {
  const lines = /^\d+$/.test(text) ? Number(text) : -1;
  return lines >= 0 && Number.isSafeInteger(lines) ? lines : undefined;
}

/** Seconds since 1970, with up to nine digits of fraction: `1795296751.000000001`. */
function timeOf(text: string): number | undefined {
  if (text === "") return undefined;
  if (!/^-?\d{1,12}(\.\d{0,9})?$/.test(text))
    throw invalidParameter(
      `strconv.ParseInt: parsing ${JSON.stringify(text.slice(0, 100))}: invalid syntax`,
    );
  return Number(text);
}
