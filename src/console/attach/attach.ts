import { Readable } from "node:stream";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOf } from "../access.ts";
import { type AttachOptions, ConsoleError, type OutputFrame } from "../client/console-client.ts";
import { LogCursor, type StreamOffsets } from "../logs/log-cursor.ts";
import type { LogFile } from "../logs/log-files.ts";
import { findRunStart } from "../logs/tail.ts";
import { hasEnded, isLive, isReported, lastRun } from "../runs.ts";
import type { ServedSession } from "../sessions/served-session.ts";
import type { StreamDependencies } from "../stream-dependencies.ts";
import { ProcessInput } from "./process-input.ts";
import { runOutput } from "./run-output.ts";

/** Frames that are made ahead of a reader; of 64 KiB at most. */
const FRAMES_AHEAD = 8;

/**
 * Attaches to a container (docs/console-api.md), at once: the output follows when there is any. With `run=current` and no run that goes
 * on it is empty, but for what `logs` asks for.
 */
export function openAttach(
  deps: StreamDependencies,
  container: ContainerVM,
  options: AttachOptions,
  signal: AbortSignal,
): ServedSession {
  const hangUp = new AbortController();
  const input = new ProcessInput(!options.stdin || container.spec.openStdin !== true);
  const frames = told(
    attached(deps, container, options, input, AbortSignal.any([signal, hangUp.signal])),
  );
  const output = Readable.from(frames, { highWaterMark: FRAMES_AHEAD });
  const close = (): void => {
    hangUp.abort();
    output.destroy();
    input.drop();
  };
  output.once("close", close);
  if (signal.aborted) close();
  else signal.addEventListener("abort", close, { once: true });
  return { stdin: input.stream, output, resize: (size) => input.resize(size), close };
}

async function* attached(
  deps: StreamDependencies,
  container: ContainerVM,
  options: AttachOptions,
  input: ProcessInput,
  signal: AbortSignal,
): AsyncGenerator<OutputFrame> {
  const { containers } = deps;
  const before = lastRun(containers.now(container) ?? container);
  let latest = container;
  const file = deps.logFiles.of(() => (latest = containers.now(container) ?? latest));
  let cursor: LogCursor | undefined;
  let sent: StreamOffsets | undefined;
  let begins: Promise<number | undefined> | undefined;
  if (options.logs) {
    cursor = new LogCursor(file, 0);
    for await (const frames of cursor.all(signal))
      for (const frame of frames) if (isAsked(frame, options)) yield frame;
  } else if (options.run === "next") {
    // The next run's lines begin behind what is there now. Nobody waits for the answer, or for the login, until it is needed.
    begins = file.size(signal).then((size) => size ?? 0);
    begins.catch(() => {});
  }
  if (!options.stream) return;
  const run = await chosenRun(deps, container, options, before, signal);
  if (run === undefined) return;
  if (options.run === "next") sent = { stdout: 0, stderr: 0 };
  if (cursor) sent = cursor.runs.current === run ? { ...cursor.written } : { stdout: 0, stderr: 0 };
  yield* runOutput({
    deps,
    container,
    guestId: idOf(container),
    run,
    stdout: options.stdout,
    stderr: options.stderr,
    sent,
    cursor: async () => (cursor ??= new LogCursor(file, await startOf(file, run, begins, signal))),
    input,
    signal,
  });
}

/** The run to be attached to, once its guest has reported it; undefined where there is none. */
async function chosenRun(
  { containers }: StreamDependencies,
  container: ContainerVM,
  { run }: AttachOptions,
  before: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (run === "next") {
    await containers.until(container, (now) => now === undefined || lastRun(now) > before, signal);
    const now = containers.now(container);
    // Of a run that was over before we heard of it the next one's number tells.
    return now && (hasEnded(now, before + 1) ? before + 1 : lastRun(now));
  }
  await containers.until(container, (now) => !isLive(now) || isReported(now), signal);
  const now = containers.now(container);
  return isLive(now) ? lastRun(now) : undefined;
}

/** A place in the log at or before a run's first line. */
async function startOf(
  file: LogFile,
  run: number,
  begins: Promise<number | undefined> | undefined,
  signal: AbortSignal,
): Promise<number> {
  const known = await begins?.catch(() => undefined);
  if (known !== undefined) return known;
  const size = (await file.size(signal)) ?? 0;
  return (await findRunStart(file, size, run, signal)) ?? 0;
}

const isAsked = ({ type }: OutputFrame, { stdout, stderr }: AttachOptions): boolean =>
  type === "stdout" ? stdout : stderr;

/** Says why frames end early in a last frame of their own. */
async function* told(frames: AsyncGenerator<OutputFrame>): AsyncGenerator<OutputFrame> {
  try {
    yield* frames;
  } catch (error) {
    if (!(error instanceof ConsoleError)) throw error;
    yield { type: "error", reason: error.reason, message: error.message };
  }
}
