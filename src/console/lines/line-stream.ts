import { Duplex } from "node:stream";

/** The line, as a stream on it needs it. */
export interface LineEnd {
  write(data: Buffer, done: () => void): void;
  resume(): void;
  gone(): void;
}

/** One stream on a serial line. */
export class LineStream extends Duplex {
  readonly #line: LineEnd;

  constructor(line: LineEnd) {
    super();
    this.#line = line;
  }

  /** Takes bytes from the line. False: no more, please. */
  receive(data: Buffer): boolean {
    return this.push(data);
  }

  override _read(): void {
    this.#line.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#line.write(chunk, done);
  }

  /** Nobody at the other end hears that this one has said all: so it is over. */
  override _final(done: () => void): void {
    done();
    process.nextTick(() => this.destroy());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#line.gone();
    done(error);
  }
}
