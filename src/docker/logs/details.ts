const NEWLINE = 0x0a;
const SPACE = 0x20;

/**
 * What `--details` adds: before each line the attributes of the log driver, and a space. There are none here, and so dockerd would write the space alone, behind
 * the time where there is one. One for each stream of a container: pieces may begin and end anywhere.
 */
export class LineDetails {
  readonly #timestamps: boolean;
  #isStart = true;
  /** The time of the line is not over yet. */
  #isTime = false;

  constructor(timestamps: boolean) {
    this.#timestamps = timestamps;
  }

  push(piece: Buffer): Buffer {
    const out: number[] = [];
    for (const byte of piece) {
      if (this.#isStart) {
        if (this.#timestamps) this.#isTime = true;
        else out.push(SPACE);
        this.#isStart = false;
      }
      out.push(byte);
      if (this.#isTime && byte === SPACE) {
        out.push(SPACE);
        this.#isTime = false;
      }
      if (byte === NEWLINE) this.#isStart = true;
    }
    return Buffer.from(out);
  }
}
