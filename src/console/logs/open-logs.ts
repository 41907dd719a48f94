import { Readable } from "node:stream";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { ConsoleError, type LogOptions, type OutputFrame } from "../client/console-client.ts";
import { lastRun } from "../runs/runs.ts";
import type { StreamDependencies } from "./stream-dependencies.ts";
import { followLog } from "./follow.ts";
import type { LogFile } from "./log-file.ts";
import { LogParser } from "./log-line.ts";
import { RunStarts } from "./run-starts.ts";
import { LineSelector } from "./selection.ts";
import { tailStart } from "./tail.ts";

/** Frames that are made ahead of a reader; of 64 KiB at most. */
const FRAMES_AHEAD = 8;

/**
 * A container's log of all its runs, with dockerd's meaning of the options: object mode, OutputFrames of one or more whole lines.
 * One that never ran has an empty log. With `follow` it goes on to the end of the run that goes on.
 * @throws ConsoleError `LogGone` where the log of a container that ran isn't there, `LogUnavailable` where it can't be read
 */
export async function openLogs(
  deps: StreamDependencies,
  container: ContainerVM,
  options: LogOptions,
  signal: AbortSignal,
): Promise<Readable> {
  let latest = container;
  const file = deps.logFiles.of(() => (latest = deps.containers.now(container) ?? latest));
  const size = await file.size(signal);
  const hasRun = lastRun(latest) > 0 || (latest.status?.starts ?? 0) > 0;
  if (size === undefined && hasRun && !options.follow)
    throw new ConsoleError(
      404,
      "LogGone",
      `The log of container ${idOfContainer(container)} isn't on its datastore any more`,
    );
  const start =
    options.tail === undefined ? 0 : await tailStart(file, size ?? 0, options.tail, signal);
  const ended = new AbortController();
  const frames = lines(
    deps,
    container,
    file,
    start,
    options,
    AbortSignal.any([signal, ended.signal]),
  );
  const output = Readable.from(frames, { highWaterMark: FRAMES_AHEAD });
  const onAbort = (): void => void output.destroy();
  output.once("close", () => {
    ended.abort();
    signal.removeEventListener("abort", onAbort);
  });
  signal.addEventListener("abort", onAbort, { once: true });
  return output;
}

async function* lines(
  deps: StreamDependencies,
  container: ContainerVM,
  file: LogFile,
  start: number,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<OutputFrame> {
  const parser = new LogParser(start);
  const runs = new RunStarts();
  const selector = new LineSelector(options, runs);
  const pieces = options.follow
    ? followLog({
        deps,
        container,
        guestId: idOfContainer(container),
        file,
        start,
        runs,
        lineStart: () => parser.position,
        signal,
      })
    : file.read(start, undefined, signal);
  try {
    for await (const piece of pieces) {
      yield* selector.frames(parser, piece);
      if (selector.isOver) return;
    }
  } catch (error) {
    if (!(error instanceof ConsoleError)) throw error;
    yield { type: "error", reason: error.reason, message: error.message };
  }
}
