import type { Socket } from "node:net";

/**
 * Connections that have not proven themselves, so many at most: strangers on the network may not fill our memory, nor keep our
 * agents out by calling and saying nothing. Where there are too many, one of the address with the most of them goes, its
 * oldest: an agent proves itself within moments.
 */
export class Unproven {
  private readonly limit: number;
  private readonly byAddress = new Map<string, Set<Socket>>();
  private size = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes a connection in. Call what is returned once it is proven or gone; it may be cut off at any time before. */
  admit(socket: Socket): () => void {
    const address = socket.remoteAddress ?? "";
    const held = this.byAddress.get(address) ?? new Set();
    this.byAddress.set(address, held.add(socket));
    this.size++;
    if (this.size > this.limit) this.evict();
    return () => this.forget(address, socket);
  }

  private evict(): void {
    let [most, sockets] = ["", new Set<Socket>()];
    for (const entry of this.byAddress) if (entry[1].size > sockets.size) [most, sockets] = entry;
    for (const oldest of sockets) {
      this.forget(most, oldest);
      oldest.destroy();
      return;
    }
  }

  private forget(address: string, socket: Socket): void {
    const held = this.byAddress.get(address);
    if (held?.delete(socket) !== true) return;
    this.size--;
    if (held.size === 0) this.byAddress.delete(address);
  }
}
