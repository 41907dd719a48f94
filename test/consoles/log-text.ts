import type { Readable } from "node:stream";
import type { LogOptions, OutputFrame } from "../../src/console/client/console-client.ts";
import { openLogs } from "../../src/console/logs/open-logs.ts";
import type { ModelContainer } from "./guest-model.ts";

/** Both streams, to the present end. */
export const WHOLE_LOG: LogOptions = {
  stdout: true,
  stderr: true,
  follow: false,
  timestamps: false,
};

/** A container's log, opened as the console does it. */
export const openLog = (
  container: ModelContainer,
  options: Partial<LogOptions> = {},
): Promise<Readable> =>
  openLogs(
    container.deps,
    container.object,
    { ...WHOLE_LOG, ...options },
    new AbortController().signal,
  );

/** What a log shows, to its end: `!` before what is standard error's, `[reason]` for an early end. */
export async function logText(output: Promise<Readable> | Readable): Promise<string> {
  let got = "";
  for await (const frame of (await output) as AsyncIterable<OutputFrame>) {
    if (frame.type === "error") got += `[${frame.reason}]`;
    else if (frame.type !== "exit")
      got += `${frame.type === "stderr" ? "!" : ""}${frame.data.toString("latin1")}`;
  }
  return got;
}
