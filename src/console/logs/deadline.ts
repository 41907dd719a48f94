/** Aborts its signal where what is awaited doesn't happen in time; what is awaited changes as things go on. */
export class Deadline<Reason extends string> {
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #missed: Reason | undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What didn't happen in time. */
  get missed(): Reason | undefined {
    return this.#missed;
  }

  /** From now on this must happen within so many milliseconds, in place of what was awaited before. */
  await(reason: Reason, ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#missed = reason;
      this.#abort.abort();
    }, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
