/**
 * Keys in groups: first come first served within a group, round robin between groups, so that one with ten thousand keys
 * holds up no other. A key is in it once.
 */
export class FairList {
  /** Insertion order is the order of turns. */
  readonly #groups = new Map<string, Set<string>>();
  readonly #groupOf = new Map<string, string>();

  get size(): number {
    return this.#groupOf.size;
  }

  has(key: string): boolean {
    return this.#groupOf.has(key);
  }

  /** A key that is in already keeps its place. */
  push(key: string, group: string): void {
    if (this.#groupOf.has(key)) return;
    this.#groupOf.set(key, group);
    const keys = this.#groups.get(group);
    if (keys === undefined) this.#groups.set(group, new Set([key]));
    else keys.add(key);
  }

  shift(): string | undefined {
    const turn = this.#groups.entries().next();
    if (turn.done) return undefined;
    const [group, keys] = turn.value;
    const key = keys.values().next().value!;
    keys.delete(key);
    this.#groupOf.delete(key);
    this.#groups.delete(group);
    if (keys.size > 0) this.#groups.set(group, keys);
    return key;
  }

  delete(key: string): boolean {
    const group = this.#groupOf.get(key);
    if (group === undefined) return false;
    this.#groupOf.delete(key);
    const keys = this.#groups.get(group)!;
    keys.delete(key);
    if (keys.size === 0) this.#groups.delete(group);
    return true;
  }
}
