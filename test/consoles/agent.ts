import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { type Connection, type ServerChannel, default as ssh2 } from "ssh2";
import { deriveLinkKey } from "../../src/api/link-key.ts";

export interface TestAgentOptions {
  readonly port: number;
  /** Local address to dial from; all of 127.0.0.0/8 are ours. */
  readonly localAddress?: string;
  /** An agent that dialled before, whose host key this one has too; a new key where left out. */
  readonly like?: TestAgent;
}

/** What an agent does with a command. Where it doesn't end the channel, the command goes on. */
export type Serve = (channel: ServerChannel, command: string) => void;

/** An agent as the guest is one: dials, says who it is, then is the SSH server of that connection (docs/guest-protocol.md, "Link"). */
export class TestAgent {
  /** As its report would have it. */
  readonly hostKey: string;
  readonly socket: Socket;
  private readonly hostPrivateKey: string;

  constructor({ port, localAddress, like }: TestAgentOptions) {
    // Not ssh2's generateKeyPairSync: one in some hundreds of its Ed25519 keys is malformed.
    const pair = deriveLinkKey(randomBytes(32), "host key");
    this.hostPrivateKey = like?.hostPrivateKey ?? pair.privateKey;
    this.hostKey = like?.hostKey ?? pair.authorizedKey;
    this.socket = connect({ port, host: "127.0.0.1", ...(localAddress && { localAddress }) });
    this.socket.on("error", () => {});
  }

  /** Says hello and serves the holder of one key. */
  serve(guestId: string, authorizedKey: string, run: Serve): this {
    this.socket.write(`vic-agent/1 ${guestId}\n`);
    const server = new ssh2.Server({ hostKeys: [this.hostPrivateKey] });
    server.on("connection", (connection) => acceptKey(connection, authorizedKey, run));
    server.injectSocket(this.socket);
    return this;
  }

  /** Resolves once the connection has ended, whoever ended it. */
  ended(): Promise<void> {
    if (this.socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.socket.resume().once("close", () => resolve()));
  }
}

/** Serves the holder of one key. */
export function acceptKey(connection: Connection, authorizedKey: string, run: Serve): void {
  connection
    .on("error", () => {})
    .on("authentication", (context) => {
      const offered =
        context.method === "publickey" ? `ssh-ed25519 ${context.key.data.toString("base64")}` : "";
      if (context.username === "vic" && offered === authorizedKey) context.accept();
      else context.reject(["publickey"]);
    })
    .on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        channel.on("error", () => {});
        run(channel, command);
      });
    });
}

/** Ends a command as an agent does. */
export function finish(channel: ServerChannel, line: object, status: number): void {
  channel.write(`${JSON.stringify(line)}\n`);
  channel.exit(status);
  channel.end();
}
