import { type LogLine, runOf } from "./log-line.ts";

/** What the guest's own lines of a log have said of its runs so far. */
export class RunStarts {
  readonly #starts = new Map<number, number>();
  readonly #ended = new Set<number>();
  readonly #truncated = new Set<number>();
  #current = 0;

  /** Takes a line of the guest's own; others say nothing. */
  see(line: LogLine): void {
    const word = runOf(line);
    if (word === undefined) return;
    if (word.what === "began") {
      this.#starts.set(word.run, line.start);
      // A guest that makes runs up shall not fill our memory with them.
      if (this.#starts.size > MAX_RUNS) this.#starts.delete(this.#starts.keys().next().value!);
      this.#current = word.run;
    } else if (word.what === "ended") {
      this.#ended.clear();
      this.#ended.add(word.run);
    } else {
      this.#truncated.clear();
      this.#truncated.add(word.run);
    }
  }

  /** The run that the place belongs to up to which lines were seen; 0 where none has told. */
  get current(): number {
    return this.#current;
  }

  /** Where in the file a run's first line begins. */
  startOf(run: number): number | undefined {
    return this.#starts.get(run);
  }

  learn(run: number, start: number): void {
    this.#starts.set(run, start);
  }

  /** Whether the run's last line has been seen. */
  hasEnded(run: number): boolean {
    return this.#ended.has(run);
  }

  /** Whether the log was full before the run ended, as far as seen. */
  isTruncated(run: number): boolean {
    return this.#truncated.has(run);
  }
}

const MAX_RUNS = 1000;
