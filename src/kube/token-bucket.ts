/** A budget of `burst` at once that grows by one every `refillMs`. */
export class TokenBucket {
  readonly #burst: number;
  readonly #refillMs: number;
  #tokens: number;
  #at: number | undefined;

  constructor(burst: number, refillMs: number) {
    this.#burst = burst;
    this.#refillMs = refillMs;
    this.#tokens = burst;
  }

  /** True, and one less, if there is one left. `nowMs` is monotonic. */
  take(nowMs: number): boolean {
    const grown = this.#at === undefined ? 0 : (nowMs - this.#at) / this.#refillMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + grown);
    this.#at = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
