import { Duplex } from "node:stream";

/** An identification line of SSH (RFC 4253 §4.2), others before it. */
const IDENTIFICATION = /(?:^|\n)SSH-[^\n]*\n/;
const MAX_GREETING = 8192;

/**
 * A connection on which SSH's identification line comes in one piece: ssh2 (1.17) loses the middle of one that comes in three pieces or
 * more, as from a serial port they do, and as a network may deliver them.
 */
export class WholeGreeting extends Duplex {
  readonly #connection: Duplex;
  #greeting: Buffer | undefined = Buffer.alloc(0);

  constructor(connection: Duplex) {
    super();
    this.#connection = connection;
    connection
      .on("error", (error) => this.destroy(error))
      .on("end", () => this.push(null))
      .on("close", () => this.destroy())
      .on("data", (data: Buffer) => {
        if (!this.#receive(data)) connection.pause();
      });
    if (connection.destroyed) this.destroy();
  }

  /** Takes what comes. False: no more, please. */
  #receive(data: Buffer): boolean {
    if (this.#greeting === undefined) return this.push(data);
    const greeting = Buffer.concat([this.#greeting, data]);
    const isWhole = IDENTIFICATION.test(greeting.toString("latin1"));
    this.#greeting = isWhole || greeting.length > MAX_GREETING ? undefined : greeting;
    return this.#greeting !== undefined || this.push(greeting);
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#connection.write(chunk)) done();
    else this.#connection.once("drain", done);
  }

  override _final(done: () => void): void {
    this.#connection.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connection.destroy();
    done(error);
  }
}
