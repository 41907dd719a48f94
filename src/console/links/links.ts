import type { Link } from "./link.ts";

/** The proven links of this process, one per guest at most. */
export class Links {
  private readonly byGuest = new Map<string, Link>();
  private readonly listeners = new Set<(guestId: string) => void>();

  get(guestId: string): Link | undefined {
    return this.byGuest.get(guestId);
  }

  /**
   * Takes a proven link. A guest redials only after it gave its former connection up (or rebooted), and has proven itself anew:
   * so the former one is dead, whether its end has reached us or not.
   */
  add(link: Link): void {
    const former = this.byGuest.get(link.guestId);
    this.byGuest.set(link.guestId, link);
    former?.close();
    link.onClose(() => {
      if (this.byGuest.get(link.guestId) === link) this.byGuest.delete(link.guestId);
    });
    for (const listener of this.listeners) listener(link.guestId);
  }

  /** Calls back whenever a guest has a new link. */
  onLinked(listener: (guestId: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  closeAll(): void {
    for (const link of this.byGuest.values()) link.close();
  }
}
