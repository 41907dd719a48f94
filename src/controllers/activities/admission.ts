/**
 * Lets so many keys of a group be at work at once; the others wait for their turn, which costs no more than their names.
 * Ten thousand that have all begun cost a hundred megabytes, and none is done before most of them are.
 */
export class Admission {
  readonly #max: number;
  readonly #groups = new Map<string, Group>();
  /** Of the keys at work. */
  readonly #groupOf = new Map<string, string>();

  /** @param max keys of a group at work, above which no other may begin */
  constructor(max: number) {
    this.#max = max;
  }

  /** Whether a key may begin. Where not, {@link end} names it when its turn has come; one that asks again keeps its place. */
  admits(key: string, group: string): boolean {
    const known = this.#groups.get(group);
    if (!known) return true;
    if (known.working.size < this.#max) {
      known.waiting.delete(key);
      return true;
    }
    known.waiting.add(key);
    return false;
  }

  /** A key is at work, until {@link end}. */
  begin(key: string, group: string): void {
    const known = this.#groups.get(group) ?? { working: new Set(), waiting: new Set() };
    this.#groups.set(group, known);
    known.working.add(key);
    this.#groupOf.set(key, group);
  }

  /** A key's work has ended. Returns the keys whose turn it is: they ask again. */
  end(key: string): string[] {
    const group = this.#groupOf.get(key);
    const known = group === undefined ? undefined : this.#groups.get(group);
    if (group === undefined || !known) return [];
    this.#groupOf.delete(key);
    known.working.delete(key);
    // Those that don't begin after all end nothing, and so wake nobody: when the last at work has ended, all ask again.
    const isLast = known.working.size === 0;
    if (isLast) this.#groups.delete(group);
    const room = isLast ? Infinity : this.#max - known.working.size;
    const turns: string[] = [];
    for (const waiting of known.waiting) {
      if (turns.length >= room) break;
      turns.push(waiting);
      known.waiting.delete(waiting);
    }
    return turns;
  }
}

interface Group {
  readonly working: Set<string>;
  /** In the order of asking. */
  readonly waiting: Set<string>;
}
