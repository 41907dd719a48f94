import { setTimeout as delay } from "node:timers/promises";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { ConsoleError, type OutputFrame } from "../client/console-client.ts";
import { CommandAttempts } from "../live/command-attempts.ts";
import { noLineMessage } from "../lines/no-line.ts";
import { hungUp } from "../live/hung-up.ts";
import { interleave } from "../live/interleave.ts";
import {
  BROKEN_MS,
  CUT_PATIENCE_MS,
  DOUBT_PATIENCE_MS,
  LOOK_MS,
  PATIENCE_MS,
  pause,
  UNLINED_MS,
} from "../live/patience.ts";
import type { LogCursor, StreamOffsets } from "../logs/log-cursor.ts";
import { hasEnded, wasTold } from "../runs/runs.ts";
import type { AgentCommand } from "../sessions/agents.ts";
import type { StreamDependencies } from "../logs/stream-dependencies.ts";
import type { ProcessInput } from "./process-input.ts";

/** How an attach of the guest ends (docs/guest-protocol.md): with the process's last byte, or behind it. */
const DONE = 0;
const BEHIND = 3;
const BROKEN = -1;

export interface RunOutputOptions {
  readonly deps: StreamDependencies;
  readonly container: ContainerVM;
  readonly guestId: string;
  readonly run: number;
  /** Which streams are asked for. The other one is followed as well, and not told. */
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** What was sent already; undefined where it begins with what the guest writes from now on. */
  readonly sent: StreamOffsets | undefined;
  /** The log, read up to what was sent at most. */
  readonly cursor: () => Promise<LogCursor>;
  readonly input: ProcessInput;
  readonly signal: AbortSignal;
}

/**
 * The output of one run from a place on, byte for byte and to its last: live where a line leads to the guest, and from the log
 * what was missed because there was no line, or it broke, or the reader was slow.
 */
export async function* runOutput(options: RunOutputOptions): AsyncGenerator<OutputFrame> {
  const { deps, container, guestId, run, cursor, input, signal } = options;
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  deps.containers
    .until(container, (now) => hasEnded(now, run), stop)
    .then(
      () => over.abort(),
      () => {},
    );
  const attempts = new CommandAttempts(deps.agents, guestId, "attach", stop);
  let sent = options.sent && { ...options.sent };

  /** What the log has beyond what was sent. */
  async function* fill(): AsyncGenerator<OutputFrame> {
    const log = await cursor();
    sent ??= await offsetsNow(log);
    for await (const frames of log.rest(run, sent, signal))
      for (const frame of frames) if (isAsked(frame)) yield frame;
  }

  /** The same as long as the run goes on: what can't be read now may be read later, or come over the line. */
  async function* fillAsFarAsItGoes(): AsyncGenerator<OutputFrame> {
    try {
      yield* fill();
    } catch (error) {
      if (!(error instanceof ConsoleError)) throw error;
    }
  }

  const readableCursor = (): Promise<LogCursor | undefined> =>
    cursor().catch((error: unknown) => {
      if (!(error instanceof ConsoleError)) throw error;
      return undefined;
    });

  const isAsked = ({ type }: OutputFrame): boolean =>
    type === "stdout" ? options.stdout : options.stderr;

  async function offsetsNow(log: LogCursor): Promise<StreamOffsets> {
    const all = { stdout: Number.POSITIVE_INFINITY, stderr: Number.POSITIVE_INFINITY };
    for await (const _ of log.rest(run, all, signal));
    return log.runs.current === run ? { ...log.written } : { stdout: 0, stderr: 0 };
  }

  async function* live(command: AgentCommand): AsyncGenerator<OutputFrame, number> {
    const answer = readAnswer(command.answer);
    if (answer === undefined || answer.run < run) return BROKEN;
    if (answer.run > run) {
      over.abort();
      return BROKEN;
    }
    input.connect(command);
    sent ??= { ...answer.from };
    for (const ms of PATIENCE_MS) {
      if (isReached(answer.from, sent)) break;
      if (stop.aborted) return BROKEN;
      await pause(ms, stop);
      yield* fillAsFarAsItGoes();
    }
    if (!isReached(answer.from, sent)) {
      if ((await readableCursor())?.runs.isTruncated(run)) yield LOST;
      return BROKEN;
    }
    const surplus = {
      stdout: sent.stdout - answer.from.stdout,
      stderr: sent.stderr - answer.from.stderr,
    };
    for await (const { type, data } of interleave(command)) {
      const known = Math.min(surplus[type], data.length);
      surplus[type] -= known;
      sent[type] += data.length - known;
      if (known < data.length && options[type]) yield { type, data: data.subarray(known) };
    }
    return command.exited.catch(() => BROKEN);
  }

  /** What the log has after the run's end, all of it. */
  async function* drain(): AsyncGenerator<OutputFrame> {
    const isTold = wasTold(deps.containers.now(container));
    for (const ms of isTold ? PATIENCE_MS : CUT_PATIENCE_MS) {
      await delay(ms, undefined, { signal });
      yield* fill();
      const { runs } = await cursor();
      if (runs.isTruncated(run)) return void (yield LOST);
      if (runs.hasEnded(run) || runs.current > run) return;
    }
    if (isTold) yield UNSEEN;
  }

  let unlinedSinceMs = performance.now();
  try {
    while (!stop.aborted) {
      const command = await attempts.within(LOOK_MS, {
        stdin: input.isWanted,
        output: options.stdout || options.stderr,
        ...(sent && { from: sent }),
      });
      if (command === undefined) {
        if (!stop.aborted) yield* fillAsFarAsItGoes();
        if (deps.agents.isLined(guestId) || !input.isWanted) unlinedSinceMs = performance.now();
        if (performance.now() > unlinedSinceMs + UNLINED_MS) return void (yield noLine(guestId));
        continue;
      }
      const status = yield* hungUp(command, stop, live(command));
      input.disconnect();
      if (status === DONE) return;
      if (status === BEHIND) continue;
      // A line ends with its VM: the news of that, and the log's last line, come after it.
      const isInDoubt = input.isUsed && container.spec.tty !== true;
      for (const ms of isInDoubt ? DOUBT_PATIENCE_MS : [BROKEN_MS]) {
        await pause(ms, stop);
        if (stop.aborted) break;
        yield* fillAsFarAsItGoes();
        if ((await readableCursor())?.runs.hasEnded(run)) return;
      }
      unlinedSinceMs = performance.now();
      if (isInDoubt && !stop.aborted) return void (yield INPUT_LOST);
    }
    signal.throwIfAborted();
    yield* drain();
  } finally {
    over.abort();
    input.drop();
  }
}

const frame = (reason: string, message: string): OutputFrame => ({
  type: "error",
  reason,
  message,
});
const LOST = frame(
  "OutputLost",
  "The container's log is full: what it wrote since isn't kept, and was missed here",
);
const UNSEEN = frame(
  "OutputLost",
  "The container's log doesn't show how its output ended: the end may be missing",
);
const noLine = (guestId: string): OutputFrame => frame("NoLine", noLineMessage(guestId));
const INPUT_LOST = frame(
  "LineBroken",
  "The line to the container broke: input that was on its way may be lost",
);

const isReached = (from: StreamOffsets, sent: StreamOffsets): boolean =>
  from.stdout <= sent.stdout && from.stderr <= sent.stderr;

/** The guest's word, which nobody has checked. */
function readAnswer({
  run,
  from,
}: AgentCommand["answer"]): { run: number; from: StreamOffsets } | undefined {
  const { stdout, stderr } = (from ?? {}) as Record<string, unknown>;
  return isCount(run) && isCount(stdout) && isCount(stderr)
    ? { run, from: { stdout, stderr } }
    : undefined;
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
