/**
 * Which image builds a disk: two images of one host may need the same one, and must not build it
 * at once. In memory alone: after a restart, what stands on the datastore tells.
 */
export class Builders {
  readonly #holders = new Map<string, string>();
  readonly #exists: (image: string) => boolean;

  /** @param exists whether an image is still there: one that is gone holds nothing */
  constructor(exists: (image: string) => boolean) {
    this.#exists = exists;
  }

  /** Takes a disk for an image. False: another one has it. */
  claim(host: string, chainId: string, image: string): boolean {
    const key = `${host} ${chainId}`;
    const holder = this.#holders.get(key);
    if (holder !== undefined && holder !== image && this.#exists(holder)) return false;
    this.#holders.set(key, image);
    return true;
  }

  /** Gives a disk back. True where the image had it. */
  release(host: string, chainId: string, image: string): boolean {
    const key = `${host} ${chainId}`;
    return this.#holders.get(key) === image && this.#holders.delete(key);
  }
}
