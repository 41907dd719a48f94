import type { LogFile } from "./log-file.ts";
import { readWhole } from "./tail.ts";

const NEWLINE = 0x0a;
/** What a guest holds of its log is less than that (docs/guest-protocol.md): so much of the file's end has it, unless it lags. */
const WINDOW_BYTES = 2 * 1024 * 1024;

/** A whole line of a run's log as the guest gives it. */
export interface LiveLine {
  readonly line: Buffer;
  /** Where it begins, counted from the run's first byte. */
  readonly offset: number;
  /** All that was read to get it. */
  readonly early: Buffer;
}

/** The first whole line that a guest gives; undefined where it ends before. @param from where in the run it begins to give */
export async function firstLine(
  pieces: AsyncIterator<Buffer>,
  from: number,
): Promise<LiveLine | undefined> {
  let early = Buffer.alloc(0);
  for (;;) {
    // From the middle of a run what comes first is the rest of a line.
    const start = from === 0 ? 0 : early.indexOf(NEWLINE) + 1;
    const end = early.indexOf(NEWLINE, start);
    if (end >= 0 && (from === 0 || start > 0))
      return { line: early.subarray(start, end + 1), offset: from + start, early };
    const next = await pieces.next();
    if (next.done === true) return undefined;
    early = Buffer.concat([early, next.value]);
  }
}

/** Where a line stands near a file's end: its time makes it the only one. */
export async function findLine(
  file: LogFile,
  size: number,
  line: Buffer,
  signal: AbortSignal,
): Promise<number | undefined> {
  const start = Math.max(0, size - WINDOW_BYTES);
  const end = await readWhole(file, start, size, signal);
  for (let at = end.indexOf(line); at >= 0; at = end.indexOf(line, at + 1))
    if (at === 0 ? start === 0 : end[at - 1] === NEWLINE) return start + at;
  return undefined;
}
