import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import {
  encodeData,
  encodeOption,
  encodeSubnegotiation,
  TelnetDecoder,
} from "../../src/console/vspc/telnet.ts";

const EXT = 232;

export interface SerialHostOptions {
  readonly port: number;
  /** Instance UUID of the VM. */
  readonly uuid: string;
  readonly serviceUri?: string;
  /** Says so as soon as it is asked for its suboptions: this VM comes from another host. */
  readonly peer?: Buffer;
}

/**
 * An ESXi host's side of one serial port that is backed by a proxy (docs/serial-lines.md), and as a stream what the VM's port is:
 * what is written comes out at the console, and the reverse.
 */
export class SerialHost extends Duplex {
  readonly socket: Socket;
  /** Codes of the extension's commands that the proxy has said, with their parameters. */
  readonly heard: { readonly code: number; readonly rest: Buffer }[] = [];
  readonly #decoder = new TelnetDecoder();
  readonly #options: SerialHostOptions;

  constructor(options: SerialHostOptions) {
    super();
    this.#options = options;
    this.socket = connect({ port: options.port, host: "127.0.0.1", noDelay: true });
    this.socket
      .on("error", () => {})
      .on("close", () => this.destroy())
      .on("data", (chunk: Buffer) => this.#receive(chunk));
    this.on("error", () => {});
    for (const option of [0, 3, EXT]) this.socket.write(encodeOption("will", option));
  }

  /** Says a command of the extension. */
  say(code: number, rest: Buffer | string = ""): void {
    this.socket.write(
      encodeSubnegotiation(EXT, Buffer.concat([Buffer.of(code), Buffer.from(rest)])),
    );
  }

  heardOf(code: number): Buffer | undefined {
    return this.heard.find((command) => command.code === code)?.rest;
  }

  /** Resolves once the connection has ended, whoever ended it. */
  ended(): Promise<void> {
    if (this.socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.socket.write(encodeData(chunk))) done();
    else this.socket.once("drain", done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    for (const event of this.#decoder.push(chunk)) {
      if (event.type === "data" && !this.push(event.data)) this.socket.pause();
      if (event.type === "option" && event.option === EXT && event.verb === "do")
        this.say(0, "\x28");
      if (event.type !== "subnegotiation" || event.option !== EXT) continue;
      const [code = -1] = event.payload;
      this.heard.push({ code, rest: event.payload.subarray(1) });
      if (code === 1) this.say(70, `C${this.#options.serviceUri ?? `vic.dev/${"0".repeat(64)}`}`);
      if (code === 1 && this.#options.peer !== undefined) this.say(44, this.#options.peer);
      if (code === 81) this.say(80, spaced(this.#options.uuid));
      if (code === 83) this.say(82, "a VM");
    }
  }
}

/** A UUID as hosts write it. */
function spaced(uuid: string): string {
  const bytes = uuid.replaceAll("-", "").match(/../g) ?? [];
  return `${bytes.slice(0, 8).join(" ")}-${bytes.slice(8).join(" ")}`;
}
