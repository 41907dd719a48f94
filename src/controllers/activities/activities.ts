/**
 * Work on keys that outlives a reconcile: one at a time for each key. A reconcile starts it and
 * returns, so that no worker waits for vSphere; its end enqueues the key, and a failure is thrown
 * by the next reconcile, which gives it to the queue's backoff.
 *
 * Nothing is lost when the process dies: what an activity does is idempotent, and the next
 * process decides anew from what it observes.
 */
export class Activities {
  readonly #running = new Map<string, Activity>();
  readonly #failed = new Map<string, unknown>();
  readonly #abort = new AbortController();
  #ended: (key: string) => void = () => {};

  /** Called with the key when its activity has ended. */
  onEnd(listener: (key: string) => void): void {
    this.#ended = listener;
  }

  /** Starts an activity; throws when the key has one already. */
  start(key: string, name: string, run: (signal: AbortSignal) => Promise<void>): void {
    if (this.#running.has(key))
      throw new Error(`${key} is busy with ${this.#running.get(key)?.name}`);
    const done = run(this.#abort.signal)
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.#failed.set(key, error);
      })
      .finally(() => {
        this.#running.delete(key);
        this.#ended(key);
      });
    this.#running.set(key, { name, done });
  }

  /** Name of what the key is busy with. */
  running(key: string): string | undefined {
    return this.#running.get(key)?.name;
  }

  /** Throws the failure of the key's last activity, once. */
  throwFailure(key: string): void {
    if (!this.#failed.has(key)) return;
    const error = this.#failed.get(key);
    this.#failed.delete(key);
    throw error;
  }

  /** Forgets a key that is gone. */
  forget(key: string): void {
    this.#failed.delete(key);
  }

  /** Aborts everything and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }
}

interface Activity {
  readonly name: string;
  readonly done: Promise<void>;
}
