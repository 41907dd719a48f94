import type { LogOptions, OutputFrame } from "../client/console-client.ts";
import { FrameBatch } from "./frame-batch.ts";
import { dockerTime, secondsOf } from "./line-time.ts";
import type { LogLine, LogParser } from "./log-line.ts";
import type { RunStarts } from "./run-starts.ts";

/** What of a log is asked for, beside where it begins. */
export type LineSelection = Pick<
  LogOptions,
  "stdout" | "stderr" | "since" | "until" | "timestamps"
>;

/** A time and the space after it, as Docker puts before a line. */
const TIMESTAMP_BYTES = 31;

/**
 * Makes frames of the lines that are asked for, with dockerd's meaning of each option: `since` is looked for once, whatever the
 * times of later lines; the first line after `until` ends it; both count the time alone (`daemon/logger/loggerutils/follow.go`, moby 28).
 */
export class LineSelector {
  readonly #selection: LineSelection;
  readonly #runs: RunStarts;
  readonly #batch = new FrameBatch();
  #since: number | undefined;
  #isOver = false;

  /** @param runs is told the guest's own lines */
  constructor(selection: LineSelection, runs: RunStarts) {
    this.#selection = selection;
    this.#runs = runs;
    this.#since = selection.since;
  }

  /** Whether a line after `until` has come: no more is asked for. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The frames of a piece of the log. */
  frames(parser: LogParser, piece: Buffer): readonly OutputFrame[] {
    const { stdout, stderr, timestamps } = this.#selection;
    for (const line of parser.lines(piece)) {
      const { stream, buffer, contentStart, contentEnd } = line;
      if (stream === "vic") {
        this.#runs.see(line);
        continue;
      }
      if (!this.#isInTime(line)) continue;
      if (this.#isOver) break;
      if (stream === "stdout" ? !stdout : !stderr) continue;
      const prefix = timestamps ? `${dockerTime(timeOf(line))} ` : "";
      const expected = piece.length + (timestamps ? TIMESTAMP_BYTES : 0);
      this.#batch.add(stream, prefix, buffer, contentStart, contentEnd, expected);
    }
    return this.#batch.take();
  }

  #isInTime(line: LogLine): boolean {
    const { until } = this.#selection;
    if (this.#since === undefined && until === undefined) return true;
    const seconds = secondsOf(timeOf(line));
    if (this.#since !== undefined) {
      if (seconds < this.#since) return false;
      this.#since = undefined;
    }
    this.#isOver = until !== undefined && seconds > until;
    return true;
  }
}

const timeOf = ({ buffer, timeStart, timeEnd }: LogLine): string =>
  buffer.toString("latin1", timeStart, timeEnd);
