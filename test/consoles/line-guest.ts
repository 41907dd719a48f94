import { randomBytes } from "node:crypto";
import { Duplex } from "node:stream";
import { type ServerChannel, default as ssh2 } from "ssh2";
import { deriveLinkKey } from "../../src/api/link-key.ts";
import { acceptKey, type Serve } from "./agent.ts";

const WORD = /\n~vic-line\/1 ([0-9a-f]{32})\n/;

/** So many bytes of each connection come slowly: more than SSH's first line. */
const SLOW_BYTES = 64;

/** What an SSH server has of the serial port until the next begins. */
class Port extends Duplex {
  readonly #serial: () => Duplex | undefined;
  #written = 0;

  constructor(serial: () => Duplex | undefined) {
    super();
    this.#serial = serial;
    this.on("error", () => {});
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    void this.#writeAsPorts(chunk).finally(done);
  }

  /** A serial port's bytes come as they please, now and then one by one. */
  async #writeAsPorts(chunk: Buffer): Promise<void> {
    const slow = Math.max(0, Math.min(chunk.length, SLOW_BYTES - this.#written));
    this.#written += chunk.length;
    for (const byte of chunk.subarray(0, slow)) {
      if (this.destroyed) return;
      await new Promise((resolve) => this.#serial()?.write(Buffer.of(byte), resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.destroyed || slow === chunk.length) return;
    await new Promise((resolve) => this.#serial()?.write(chunk.subarray(slow), resolve));
  }
}

/** The guest's end of a serial line: a new SSH server for each word that the console begins with (docs/guest-protocol.md, "Line"). */
export class LineGuest {
  /** As its report would have it. */
  readonly hostKey: string;
  readonly #privateKey: string;
  readonly #authorizedKey: string;
  readonly #serve: Serve;
  readonly #running = new Map<ServerChannel, string>();
  #port: Port | undefined;
  #serial: Duplex | undefined;
  /** How often a console has begun. */
  begun = 0;

  /** @param like the guest whose host key this one has too; a new key where left out */
  constructor(authorizedKey: string, serve: Serve, like?: LineGuest) {
    const pair = deriveLinkKey(randomBytes(32), "host key");
    this.hostKey = like?.hostKey ?? pair.authorizedKey;
    this.#privateKey = like === undefined ? pair.privateKey : like.#privateKey;
    this.#authorizedKey = authorizedKey;
    this.#serve = serve;
  }

  /** Begins to listen at a serial port, as after a boot. */
  listen(serial: Duplex): this {
    this.#port?.destroy();
    this.#port = undefined;
    return this.move(serial);
  }

  /** Finds itself at another serial port, in the middle of everything. */
  move(serial: Duplex): this {
    this.#serial = serial;
    let held = "";
    serial.on("data", (chunk: Buffer) => {
      held = (held + chunk.toString("latin1")).slice(-200_000);
      for (let match = WORD.exec(held); match !== null; match = WORD.exec(held)) {
        held = held.slice(match.index + match[0].length);
        this.#begin(match[1]!);
      }
      if (this.#port === undefined) return;
      this.#port.push(Buffer.from(held, "latin1"));
      held = "";
    });
    return this;
  }

  /** Has lost the connection that it had, and nobody hears of it. */
  forget(): void {
    this.#port?.destroy();
  }

  /** Writes something to the output of commands of this name that go on. */
  say(command: string, text: string): void {
    for (const [channel, name] of this.#running) if (name === command) channel.write(text);
  }

  #begin(word: string): void {
    this.begun++;
    this.#port?.destroy();
    this.#running.clear();
    this.#serial?.write(`\n~vic-line/1 ready ${word}\n`);
    const port = new Port(() => this.#serial);
    this.#port = port;
    const server = new ssh2.Server({ hostKeys: [this.#privateKey] });
    server.on("connection", (connection) =>
      acceptKey(connection, this.#authorizedKey, (channel, command) => {
        this.#running.set(channel, command);
        channel.once("close", () => this.#running.delete(channel));
        this.#serve(channel, command);
      }),
    );
    server.injectSocket(port as never);
  }
}
