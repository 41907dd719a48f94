import { Readable } from "node:stream";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { type AttachOptions, ConsoleError, type OutputFrame } from "../client/console-client.ts";
import { LogCursor, type StreamOffsets } from "../logs/log-cursor.ts";
import type { LogFile } from "../logs/log-file.ts";
import { findRunStart } from "../logs/tail.ts";
import { hasEnded, isLive, isReported, lastRun } from "../runs/runs.ts";
import type { ServedSession } from "../sessions/served-session.ts";
import type { StreamDependencies } from "../logs/stream-dependencies.ts";
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
  const request: Request = {
    ...options,
    deps,
    container,
    // What is the next run, and where its lines will begin, is settled now, and not when somebody reads.
    before: lastRun(deps.containers.now(container) ?? container),
    ...logOf(deps, container, options, signal),
    signal: AbortSignal.any([signal, hangUp.signal]),
  };
  const frames = told(attached(request, input));
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

interface Request extends AttachOptions {
  readonly deps: StreamDependencies;
  readonly container: ContainerVM;
  /** The last run before the request. */
  readonly before: number;
  readonly file: LogFile;
  /** The size of the log at that time, as soon as it is known. Only where the next run is asked for. */
  readonly sizeBefore: Promise<number | undefined>;
  readonly signal: AbortSignal;
}

function logOf(
  { containers, logFiles }: StreamDependencies,
  container: ContainerVM,
  { run, logs }: AttachOptions,
  signal: AbortSignal,
): Pick<Request, "file" | "sizeBefore"> {
  let latest = container;
  const file = logFiles.of(() => (latest = containers.now(container) ?? latest));
  // Asked ahead: the server is logged in to while the VM boots, and nobody waits for either.
  const sizeBefore =
    run === "next" && !logs
      ? file.size(signal).then(
          (size) => size ?? 0,
          () => undefined,
        )
      : Promise.resolve(undefined);
  return { file, sizeBefore };
}

async function* attached(request: Request, input: ProcessInput): AsyncGenerator<OutputFrame> {
  const { deps, container, file, signal, stdout, stderr } = request;
  let cursor: LogCursor | undefined;
  if (request.logs) {
    cursor = new LogCursor(file, 0);
    for await (const frames of cursor.all(signal))
      for (const frame of frames) if (isAsked(frame, request)) yield frame;
  }
  if (!request.stream) return;
  const run = await chosenRun(request);
  if (run === undefined) return;
  let sent: StreamOffsets | undefined;
  if (request.run === "next" || request.logs)
    sent = cursor?.runs.current === run ? { ...cursor.written } : { stdout: 0, stderr: 0 };
  yield* runOutput({
    deps,
    container,
    guestId: idOfContainer(container),
    run,
    stdout,
    stderr,
    sent,
    cursor: async () => (cursor ??= new LogCursor(file, await startOf(request, run))),
    input,
    signal,
  });
}

/** The run to be attached to, once its guest has reported it; undefined where there is none. */
async function chosenRun({
  deps: { containers },
  container,
  run,
  before,
  signal,
}: Request): Promise<number | undefined> {
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
async function startOf({ file, sizeBefore, signal }: Request, run: number): Promise<number> {
  const before = await sizeBefore;
  if (before !== undefined) return before;
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
