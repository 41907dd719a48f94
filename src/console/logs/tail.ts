import { LogParser, type LogStream, type RunLine, runOf } from "./log-line.ts";
import type { LogFile } from "./log-file.ts";

const FIRST_BLOCK = 64 * 1024;
const MAX_BLOCK = 4 * 1024 * 1024;

/** A line as it stands in the file, seen on the way back. */
interface SeenLine {
  readonly start: number;
  readonly stream: LogStream;
  readonly run: RunLine | undefined;
}

/**
 * Goes through a log's lines from its end to its beginning, block by block, without reading more than is asked for.
 * @param size where to begin; what stands there may be the middle of a line, which is left out then
 */
async function* linesBackwards(
  file: LogFile,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<SeenLine> {
  let end = size;
  for (let length = FIRST_BLOCK; end > 0;) {
    const start = Math.max(0, end - length);
    const block = await readWhole(file, start, end, signal);
    // A block that begins within a line leaves that line to the block before it.
    const first = start === 0 ? 0 : block.indexOf(0x0a) + 1;
    if (start > 0 && first === 0) {
      // No line begins here. One that long isn't any, yet something before it may be.
      if (length < MAX_BLOCK) length *= 2;
      else end = start;
      continue;
    }
    const lines: SeenLine[] = [];
    for (const line of new LogParser(start + first).lines(block.subarray(first)))
      lines.push({ start: line.start, stream: line.stream, run: runOf(line) });
    yield* lines.toReversed();
    end = start + first;
    length = Math.min(MAX_BLOCK, length * 2);
  }
}

/** A part of a log, in one piece. */
export async function readWhole(
  file: LogFile,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of file.read(start, end, signal)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Where the line begins that hasn't ended yet: it may be written while we look. */
async function lastLineStart(file: LogFile, size: number, signal: AbortSignal): Promise<number> {
  const start = Math.max(0, size - FIRST_BLOCK);
  return start + (await readWhole(file, start, size, signal)).lastIndexOf(0x0a) + 1;
}

/** Whether the last run that a log shows has its last line there. */
export async function endsBetweenRuns(
  file: LogFile,
  size: number,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const { run } of linesBackwards(file, size, signal)) return run?.what === "ended";
  return size === 0;
}

/** Where the last so many lines of a log begin: those of both streams are counted, the guest's own are not. */
export async function tailStart(
  file: LogFile,
  size: number,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  if (count <= 0) return lastLineStart(file, size, signal);
  let left = count;
  for await (const { start, stream } of linesBackwards(file, size, signal))
    if (stream !== "vic" && --left === 0) return start;
  return 0;
}

/**
 * Where the line stands with which a run began; undefined where it doesn't.
 * @param within so many bytes of the end are looked at
 */
export async function findRunStart(
  file: LogFile,
  size: number,
  run: number,
  signal: AbortSignal,
  within = Number.POSITIVE_INFINITY,
): Promise<number | undefined> {
  for await (const { start, run: word } of linesBackwards(file, size, signal)) {
    if (size - start > within) return undefined;
    if (word?.what !== "began") continue;
    if (word.run === run) return start;
    if (word.run < run) return undefined;
  }
  return undefined;
}
