import type { OutputFrame } from "../client/console-client.ts";
import { FrameBatch } from "./frame-batch.ts";
import type { LogFile } from "./log-file.ts";
import { LogParser } from "./log-line.ts";
import { RunStarts } from "./run-starts.ts";

/** How many bytes of each of a run's streams. */
export interface StreamOffsets {
  stdout: number;
  stderr: number;
}

/**
 * A place in a log from which it is read on, again and again as it grows, and how much of each stream the run there has written up
 * to it.
 */
export class LogCursor {
  readonly runs = new RunStarts();
  readonly #file: LogFile;
  readonly #parser: LogParser;
  /** Of the run {@link RunStarts.current}. */
  readonly #written: StreamOffsets = { stdout: 0, stderr: 0 };
  #position: number;

  /** @param start the beginning of a line */
  constructor(file: LogFile, start: number) {
    this.#file = file;
    this.#parser = new LogParser(start);
    this.#position = start;
  }

  /** Bytes that the run at this place has written to each stream. */
  get written(): Readonly<StreamOffsets> {
    return this.#written;
  }

  /** Reads on to the present end of the file: what a run wrote beyond what was sent already, which is brought up to date. */
  async *rest(
    run: number,
    sent: StreamOffsets,
    signal: AbortSignal,
  ): AsyncGenerator<readonly OutputFrame[]> {
    const batch = new FrameBatch();
    for await (const piece of this.#pieces(signal)) {
      this.#read(piece, (stream, buffer, start, end) => {
        if (this.runs.current !== run || this.#written[stream] <= sent[stream]) return;
        const fresh = Math.min(end - start, this.#written[stream] - sent[stream]);
        batch.add(stream, "", buffer, end - fresh, end, piece.length);
        sent[stream] = this.#written[stream];
      });
      const frames = batch.take();
      if (frames.length > 0) yield frames;
    }
  }

  /** Reads on to the present end of the file: all that was written, whatever the run. */
  async *all(signal: AbortSignal): AsyncGenerator<readonly OutputFrame[]> {
    const batch = new FrameBatch();
    for await (const piece of this.#pieces(signal)) {
      this.#read(piece, (stream, buffer, start, end) =>
        batch.add(stream, "", buffer, start, end, piece.length),
      );
      const frames = batch.take();
      if (frames.length > 0) yield frames;
    }
  }

  async *#pieces(signal: AbortSignal): AsyncGenerator<Buffer> {
    for await (const piece of this.#file.read(this.#position, undefined, signal)) {
      this.#position += piece.length;
      yield piece;
    }
  }

  #read(
    piece: Buffer,
    take: (stream: "stdout" | "stderr", buffer: Buffer, start: number, end: number) => void,
  ): void {
    for (const line of this.#parser.lines(piece)) {
      const { stream, buffer, contentStart, contentEnd } = line;
      if (stream === "vic") {
        const before = this.runs.current;
        this.runs.see(line);
        if (this.runs.current !== before) this.#written.stdout = this.#written.stderr = 0;
        continue;
      }
      this.#written[stream] += contentEnd - contentStart;
      take(stream, buffer, contentStart, contentEnd);
    }
  }
}
