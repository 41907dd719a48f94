import { setTimeout as delay } from "node:timers/promises";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { CommandAttempts } from "../live/command-attempts.ts";
import { hungUp } from "../live/hung-up.ts";
import { BROKEN_MS, CUT_PATIENCE_MS, LOOK_MS, PATIENCE_MS, pause } from "../live/patience.ts";
import { hasEnded, isLive, isReported, lastRun, wasTold } from "../runs/runs.ts";
import type { AgentCommand } from "../sessions/agents.ts";
import type { StreamDependencies } from "./stream-dependencies.ts";
import { findLine, firstLine } from "./live-line.ts";
import type { LogFile } from "./log-file.ts";
import type { RunStarts } from "./run-starts.ts";
import { endsBetweenRuns, findRunStart, readWhole } from "./tail.ts";

const NEWLINE = 0x0a;

/** How a `log` command of the guest ends: with the last byte. */
const DONE = 0;
const BROKEN = -1;

/** So much is searched for where a run began; of one that has written more, the place of a line tells. */
const SEARCH_BYTES = 4 * 1024 * 1024;

export interface FollowOptions {
  readonly deps: StreamDependencies;
  readonly container: ContainerVM;
  readonly guestId: string;
  readonly file: LogFile;
  /** Where in the file to begin. */
  readonly start: number;
  /** What the reader has found in the bytes that it was given: it must have taken each piece before it asks for the next. */
  readonly runs: RunStarts;
  /** Where the line begins that the reader hasn't got the end of. */
  readonly lineStart: () => number;
  readonly signal: AbortSignal;
}

/**
 * A log's bytes from a place on, as they come, until the run that goes on has ended. What isn't in the file yet comes over the
 * line; what the line lost comes from the file.
 */
export async function* followLog(options: FollowOptions): AsyncGenerator<Buffer> {
  const { deps, container, guestId, file, runs, lineStart, signal } = options;
  const { containers } = deps;
  let at = options.start;

  /** Where the run was taken to begin before the file showed it. */
  let assumed: number | undefined;

  /** An empty line stands before a run whose guest didn't know how the former had ended: the file has it, and the line doesn't. */
  async function checkStart(): Promise<void> {
    if (assumed === undefined) return;
    const [first] = await readWhole(file, assumed, assumed + 1, signal);
    if (first === undefined) return;
    if (first === NEWLINE) {
      runs.learn(run, assumed + 1);
      at++;
    }
    assumed = undefined;
  }

  async function* fill(end?: number): AsyncGenerator<Buffer> {
    await checkStart();
    for await (const piece of file.read(at, end, signal)) {
      at += piece.length;
      yield piece;
    }
  }

  await containers.until(container, (now) => !isLive(now) || isReported(now), signal);
  const now = containers.now(container);
  yield* fill();
  if (!isLive(now)) return;

  const run = lastRun(now);
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  containers
    .until(container, (then) => hasEnded(then, run), stop)
    .then(
      () => over.abort(),
      () => {},
    );
  const attempts = new CommandAttempts(deps.agents, guestId, "log", stop);
  let searched = false;

  /** Where the run begins in the file; undefined as long as the file doesn't show it. */
  async function runStart(): Promise<number | undefined> {
    if (runs.startOf(run) === undefined && !searched) {
      searched = true;
      const found = await findRunStart(file, at, run, signal, SEARCH_BYTES);
      if (found !== undefined) runs.learn(run, found);
    }
    return runs.startOf(run);
  }

  async function* live(command: AgentCommand): AsyncGenerator<Buffer, number> {
    command.stderr.resume();
    const { run: answered, from } = command.answer;
    if (answered !== run || !Number.isSafeInteger(from)) return BROKEN;
    let begin = await runStart();
    // A file that shows nothing of this run yet ends where it begins.
    if (
      begin === undefined &&
      from === 0 &&
      lineStart() === at &&
      (await endsBetweenRuns(file, at, signal))
    )
      runs.learn(run, (begin = assumed = at));
    const pieces = untilClosed(command);
    let early: Buffer | undefined;
    if (begin === undefined) {
      const first = await firstLine(pieces, from as number);
      early = first?.early;
      for (const ms of first ? PATIENCE_MS : []) {
        await pause(ms, stop);
        if (stop.aborted) return BROKEN;
        yield* fill();
        const place = first && (await findLine(file, at, first.line, signal));
        if (place === undefined) continue;
        runs.learn(run, (begin = place - first!.offset));
        break;
      }
    }
    if (begin === undefined) return BROKEN;
    const next = begin + (from as number);
    for (const ms of PATIENCE_MS) {
      if (at >= next || stop.aborted) break;
      await pause(ms, stop);
      yield* fill();
    }
    if (at < next) return BROKEN;
    let surplus = at - next;
    for await (const piece of startingWith(early, pieces)) {
      const known = Math.min(surplus, piece.length);
      surplus -= known;
      at += piece.length - known;
      if (known < piece.length) yield piece.subarray(known);
    }
    return command.exited.catch(() => BROKEN);
  }

  try {
    while (!stop.aborted) {
      const start = await runStart();
      const command = await attempts.within(LOOK_MS, {
        from: start === undefined ? 0 : at - start,
      });
      if (command === undefined) {
        if (!stop.aborted) yield* fill();
        continue;
      }
      const status = yield* hungUp(command, stop, live(command));
      if (status === DONE) return;
      await pause(BROKEN_MS, stop);
      if (stop.aborted) break;
      yield* fill();
      if (runs.hasEnded(run)) return;
    }
    signal.throwIfAborted();
    const isTold = wasTold(containers.now(container));
    for (const ms of isTold ? PATIENCE_MS : CUT_PATIENCE_MS) {
      await delay(ms, undefined, { signal });
      yield* fill();
      if (runs.hasEnded(run) || runs.current > run) return;
    }
  } finally {
    over.abort();
  }
}

async function* startingWith(
  early: Buffer | undefined,
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (early) yield early;
  yield* pieces;
}

/** What a command puts out, however that ends. */
async function* untilClosed({ stdout }: AgentCommand): AsyncGenerator<Buffer> {
  try {
    for await (const piece of stdout as AsyncIterable<Buffer>) yield piece;
  } catch {
    // Its exit status tells.
  }
}
