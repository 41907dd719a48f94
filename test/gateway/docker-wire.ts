// Docker's API byte for byte, as clients of every make speak it: for what http clients hide.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection of a test, and all that came over it. */
export class Wire {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (data) => (this.#received = Buffer.concat([this.#received, data])));
    socket.on("end", () => (this.ended = true));
    socket.on("close", () => (this.ended = true));
    socket.on("error", () => undefined);
  }

  /** @param dockerHost `tcp://host:port` */
  static async open(dockerHost: string): Promise<Wire> {
    const { hostname, port } = new URL(dockerHost);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    await once(socket, "connect");
    return new Wire(socket);
  }

  /** Sends a request; what follows its head may be sent with it. */
  send(line: string, headers: Readonly<Record<string, string>> = {}, rest = ""): this {
    const lines = Object.entries({ Host: "docker", ...headers }).map(([k, v]) => `${k}: ${v}`);
    this.socket.write(`${line} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${rest}`);
    return this;
  }

  /** Status line and headers; empty until they are there. */
  get head(): string {
    const end = this.#received.indexOf("\r\n\r\n");
    return end < 0 ? "" : this.#received.subarray(0, end).toString();
  }

  /** What came after the head. */
  get body(): Buffer {
    const end = this.#received.indexOf("\r\n\r\n");
    return end < 0 ? Buffer.alloc(0) : this.#received.subarray(end + 4);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Headers of those who want the connection. */
export const upgrade = { Connection: "Upgrade", Upgrade: "tcp" } as const;

/** Docker's frames taken apart, by stream: 1 stdout, 2 stderr, 3 an error. */
export function demultiplex(bytes: Buffer): Record<1 | 2 | 3, string> {
  const streams = { 1: "", 2: "", 3: "" };
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at] as 1 | 2 | 3;
    const length = bytes.readUInt32BE(at + 4);
    streams[type] += bytes.subarray(at + 8, at + 8 + length).toString();
    at += 8 + length;
  }
  return streams;
}
