/** Bounds what runs at once, and lets waiting groups take turns, so that one group's crowd doesn't hold up the others. */
export class FairLimiter {
  readonly #max: number;
  #running = 0;
  /** Waiting starters by group; the order of groups is the order of their turns. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Runs when there is room. Rejects with the signal's reason if it is aborted while waiting. */
  async run<T>(group: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running < this.#max) this.#running++;
    else await this.#turn(group, signal);
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  #turn(group: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(group) ?? [];
      this.#waiting.set(group, queue);
      const start = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const abort = (): void => {
        queue.splice(queue.indexOf(start), 1);
        if (queue.length === 0) this.#waiting.delete(group);
        reject(signal!.reason as Error);
      };
      queue.push(start);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Hands the place on to the next group's first, if anybody waits; that group's next turn comes after the others'. */
  #release(): void {
    const next = this.#waiting.entries().next().value;
    if (!next) {
      this.#running--;
      return;
    }
    const [group, queue] = next;
    const start = queue.shift()!;
    this.#waiting.delete(group);
    if (queue.length > 0) this.#waiting.set(group, queue);
    start();
  }
}
