import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** The guest ISO that this process has on its disk. */
export interface Iso {
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Its name on datastores, by content. */
  readonly fileName: string;
}

/** Reads the guest ISO's identity once, and again when the file was replaced. */
export class GuestIso {
  readonly #file: string;
  #known: (Iso & { readonly mtimeMs: number }) | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws what the file system throws. */
  async read(): Promise<Iso> {
    const { size, mtimeMs } = await stat(this.#file);
    if (this.#known?.sizeBytes === size && this.#known.mtimeMs === mtimeMs) return this.#known;
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(this.#file)) hash.update(chunk as Buffer);
    const sha256 = hash.digest("hex");
    this.#known = {
      file: this.#file,
      sha256,
      sizeBytes: size,
      mtimeMs,
      fileName: `${sha256.slice(0, 16)}.iso`,
    };
    return this.#known;
  }
}
