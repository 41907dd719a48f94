/** Disks whose figures are kept, the newest. */
const MAX_DISKS = 256;

/** How many bytes of each layer's blob the disks have taken that this process fills, for those who watch. */
export class UnpackProgress {
  readonly #disks = new Map<string, Map<string, number>>();
  readonly #listeners = new Set<() => void>();

  /** A disk begins to be filled, maybe anew. @param disk {@link diskKey} */
  begin(disk: string): void {
    this.#disks.delete(disk);
    this.#disks.set(disk, new Map());
    if (this.#disks.size > MAX_DISKS) this.#disks.delete(this.#disks.keys().next().value!);
    this.#tell();
  }

  /** Counts a blob's bytes as they are taken. */
  async *counted(
    disk: string,
    digest: string,
    bytes: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    const layers = this.#disks.get(disk);
    layers?.set(digest, 0);
    this.#tell();
    for await (const piece of bytes) {
      yield piece;
      layers?.set(digest, (layers.get(digest) ?? 0) + piece.length);
      this.#tell();
    }
  }

  /** Bytes by digest of the layers that were begun; undefined for a disk that isn't filled here. */
  of(disk: string): ReadonlyMap<string, number> | undefined {
    return this.#disks.get(disk);
  }

  /** Calls back whenever there is more to tell: often. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** A disk of a host: all images of the host that need it share it. @param host `namespace/name` */
export const diskKey = (host: string, chainId: string): string => `${host} ${chainId}`;
