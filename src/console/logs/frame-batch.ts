import type { OutputFrame } from "../client/console-client.ts";

type Output = "stdout" | "stderr";

/** A frame's payload at most: much larger ones would wait for memory, much smaller ones cost more than what they carry. */
const MAX_BYTES = 64 * 1024;

/** Gathers pieces of output into frames: neighbours of one stream go together. A piece is never cut. */
export class FrameBatch {
  readonly #frames: OutputFrame[] = [];
  #type: Output = "stdout";
  #buffer = Buffer.alloc(0);
  #used = 0;

  /** Adds bytes of a stream, after a prefix. They are copied. @param expected bytes that will come, all in all, as far as known */
  add(
    type: Output,
    prefix: string,
    bytes: Buffer,
    start: number,
    end: number,
    expected: number,
  ): void {
    const size = prefix.length + end - start;
    if (type !== this.#type || this.#used + size > this.#buffer.length) {
      this.#flush();
      this.#type = type;
      // Neither pooled nor much larger than what it will hold: a reader may keep it for long.
      if (size > this.#buffer.length)
        this.#buffer = Buffer.allocUnsafeSlow(Math.max(size, Math.min(MAX_BYTES, expected)));
    }
    if (prefix !== "") this.#used += this.#buffer.write(prefix, this.#used, "latin1");
    this.#used += bytes.copy(this.#buffer, this.#used, start, end);
  }

  /** The frames so far, in order. */
  take(): readonly OutputFrame[] {
    this.#flush();
    return this.#frames.splice(0);
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#frames.push({ type: this.#type, data: this.#buffer.subarray(0, this.#used) });
    this.#buffer = this.#buffer.subarray(this.#used);
    this.#used = 0;
  }
}
