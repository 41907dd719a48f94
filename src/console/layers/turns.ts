/** How many disks a worker fills at a time. Each costs it page cache and a core while it inflates; it has few of either. */
const PER_WORKER = 4;

/** Who may have a worker's attention: so many at a time, the others wait. */
export class Turns {
  private readonly taken = new Map<string, number>();
  private readonly listeners = new Set<(workerId: string) => void>();

  /** Takes a turn, and returns how to give it back; nothing where the worker has enough to do. */
  take(workerId: string): (() => void) | undefined {
    const taken = this.taken.get(workerId) ?? 0;
    if (taken >= PER_WORKER) return undefined;
    this.taken.set(workerId, taken + 1);
    return () => this.giveBack(workerId);
  }

  /** Calls back whenever a worker has a turn to give again. */
  onFree(listener: (workerId: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private giveBack(workerId: string): void {
    const left = (this.taken.get(workerId) ?? 1) - 1;
    if (left > 0) this.taken.set(workerId, left);
    else this.taken.delete(workerId);
    for (const listener of this.listeners) listener(workerId);
  }
}
