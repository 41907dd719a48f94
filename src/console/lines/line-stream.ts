import { Duplex } from "node:stream";

/** The line, as a stream on it needs it. */
export interface LineEnd {
  write(data: Buffer, done: () => void): void;
  resume(): void;
  gone(): void;
}

/** An identification line of SSH (RFC 4253 §4.2), others before it. */
const IDENTIFICATION = /(?:^|\n)SSH-[^\n]*\n/;
const MAX_GREETING = 8192;

/** One stream on a serial line. */
export class LineStream extends Duplex {
  readonly #line: LineEnd;
  #greeting: Buffer | undefined;

  constructor(line: LineEnd) {
    super();
    this.#line = line;
  }

  /** Takes bytes from the line. False: no more, please. */
  receive(data: Buffer): boolean {
    if (this.#greeting === undefined) return this.push(data);
    const greeting = Buffer.concat([this.#greeting, data]);
    const whole = IDENTIFICATION.test(greeting.toString("latin1"));
    this.#greeting = whole || greeting.length > MAX_GREETING ? undefined : greeting;
    return this.#greeting !== undefined || this.push(greeting);
  }

  /**
   * Holds what comes until SSH's identification line is whole: ssh2 (1.17) loses the middle of one that comes in three pieces or more, as
   * from a serial port they do.
   */
  holdGreeting(): void {
    const held = this.read() as Buffer | null;
    this.#greeting = Buffer.alloc(0);
    if (held !== null) this.receive(held);
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
