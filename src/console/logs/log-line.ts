import { isTime } from "./line-time.ts";

/** A container's stream, or the guest's own words. */
export type LogStream = "stdout" | "stderr" | "vic";

/** One line of a log file (docs/guest-protocol.md, "The log file"). Valid until the next is asked for: one object serves for all. */
export interface LogLine {
  /** Where this line begins and ends in the file, its newline included. */
  readonly start: number;
  readonly end: number;
  readonly stream: LogStream;
  /** Holds the line; what follows are places in it. */
  readonly buffer: Buffer;
  readonly timeStart: number;
  readonly timeEnd: number;
  /** The stream's bytes: with the newline where it is the stream's. */
  readonly contentStart: number;
  readonly contentEnd: number;
}

/** Guests cut lines at 16 KiB; what is much longer is none, and isn't held. */
const MAX_LINE = 32 * 1024;
/** `2006-01-02T15:04:05.123456789+07:00`. */
const MAX_TIME = 35;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const FULL = 0x46;
const PARTIAL = 0x50;

const STREAMS: readonly (readonly [LogStream, Buffer])[] = [
  ["stdout", Buffer.from("stdout ")],
  ["stderr", Buffer.from("stderr ")],
  ["vic", Buffer.from("vic ")],
];

const NOTHING = Buffer.alloc(0);

/**
 * Reads a log piece by piece, as the pieces come. A guest can write anything to its own log: what is no line is left out, and
 * never more than one line is held.
 */
export class LogParser {
  readonly #line: { -readonly [K in keyof LogLine]: LogLine[K] };
  /** The beginning of a line that hasn't ended. */
  #held: Buffer = NOTHING;
  /** Bytes of that line that weren't held: it is too long. */
  #dropped = 0;

  /** @param start where in the file the first piece begins: at the beginning of a line */
  constructor(start = 0) {
    const at = { start, end: start, timeStart: 0, timeEnd: 0, contentStart: 0, contentEnd: 0 };
    this.#line = { ...at, stream: "vic", buffer: NOTHING };
  }

  /** Where in the file the line begins that hasn't ended yet. */
  get position(): number {
    return this.#line.end;
  }

  /** The lines that end in this piece. All must be taken before the next piece. */
  *lines(piece: Buffer): Generator<LogLine, void, void> {
    let from = 0;
    if (this.#held.length > 0 || this.#dropped > 0) {
      const newline = piece.indexOf(NEWLINE);
      if (newline < 0) return this.#hold(piece);
      from = newline + 1;
      const tooLong = this.#dropped;
      const whole = Buffer.concat([this.#held, piece.subarray(0, from)]);
      this.#held = NOTHING;
      this.#dropped = 0;
      if (this.#parse(whole, 0, whole.length - 1, tooLong)) yield this.#line;
    }
    for (;;) {
      const newline = piece.indexOf(NEWLINE, from);
      if (newline < 0) break;
      if (this.#parse(piece, from, newline, 0)) yield this.#line;
      from = newline + 1;
    }
    if (from < piece.length) this.#hold(piece.subarray(from));
  }

  #hold(rest: Buffer): void {
    if (this.#dropped === 0 && this.#held.length + rest.length <= MAX_LINE) {
      // Copied: the piece that it is part of is much larger.
      this.#held = Buffer.concat([this.#held, rest]);
      return;
    }
    this.#dropped += this.#held.length + rest.length;
    this.#held = NOTHING;
  }

  /** Reads the line from `start` to its newline; false where it is none. */
  #parse(buffer: Buffer, start: number, newline: number, dropped: number): boolean {
    const line = this.#line;
    line.start = line.end;
    line.end += dropped + newline + 1 - start;
    if (dropped > 0 || newline - start > MAX_LINE) return false;
    const timeEnd = spaceIn(buffer, start, Math.min(newline, start + MAX_TIME + 1));
    if (timeEnd < 0 || !isTime(buffer, start, timeEnd)) return false;
    for (const [stream, word] of STREAMS) {
      if (!hasWord(buffer, timeEnd + 1, word)) continue;
      const tagAt = timeEnd + 1 + word.length;
      const tag = buffer[tagAt];
      if ((tag !== FULL && tag !== PARTIAL) || buffer[tagAt + 1] !== SPACE) return false;
      if (tagAt + 2 > newline) return false;
      line.stream = stream;
      line.buffer = buffer;
      line.timeStart = start;
      line.timeEnd = timeEnd;
      line.contentStart = tagAt + 2;
      line.contentEnd = tag === FULL ? newline + 1 : newline;
      return true;
    }
    return false;
  }
}

function spaceIn(buffer: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at++) if (buffer[at] === SPACE) return at;
  return -1;
}

function hasWord(buffer: Buffer, at: number, word: Buffer): boolean {
  for (let i = 0; i < word.length; i++) if (buffer[at + i] !== word[i]) return false;
  return true;
}

/** What the guest's own line says of a run: its beginning, or how it ended. Undefined for anything else. */
export function runOf(line: LogLine): RunLine | undefined {
  if (line.stream !== "vic" || line.contentEnd - line.contentStart > 256) return undefined;
  try {
    const word: unknown = JSON.parse(
      line.buffer.toString("latin1", line.contentStart, line.contentEnd),
    );
    const { run, exitCode, truncated } = word as Record<string, unknown>;
    if (!Number.isSafeInteger(run)) return undefined;
    const what =
      truncated === true ? "truncated" : typeof exitCode === "number" ? "ended" : "began";
    return { run: run as number, what };
  } catch {
    return undefined;
  }
}

/** The guest's word about a run. */
export interface RunLine {
  readonly run: number;
  readonly what: "began" | "truncated" | "ended";
}
