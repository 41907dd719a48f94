/** How many bytes of each layer the disks that this process fills have taken. */
export class UnpackProgress {
  readonly #byLayer = new Map<string, number>();

  /** Bytes of a layer's blob that were read. @param key of the image and the disk */
  bytes(key: string, digest: string): number {
    return this.#byLayer.get(`${key} ${digest}`) ?? 0;
  }
}
