/** Waits that double from `baseMs` to `capMs`, each with up to half of it taken off at random, so that many clients spread out. */
export class Backoff {
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #random: () => number;
  #attempts = 0;

  constructor(baseMs: number, capMs: number, random: () => number = Math.random) {
    this.#baseMs = baseMs;
    this.#capMs = capMs;
    this.#random = random;
  }

  get attempts(): number {
    return this.#attempts;
  }

  nextMs(): number {
    const full = Math.min(this.#capMs, this.#baseMs * 2 ** Math.min(this.#attempts, 40));
    this.#attempts += 1;
    return full * (1 - this.#random() / 2);
  }

  reset(): void {
    this.#attempts = 0;
  }
}

/** Resolves after `ms`, or at once, without rejecting, when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener("abort", finish, { once: true });
  });
}
