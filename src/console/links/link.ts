import type { Duplex } from "node:stream";
import ssh2, { type ClientChannel } from "ssh2";
import { drained } from "./drained.ts";
import { WholeGreeting } from "./whole-greeting.ts";

const GOODBYE_MS = 200;

/** How the console and one guest know each other. */
export interface LinkIdentity {
  /** The guest's SSH host key as read from vSphere, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** The console's private key for this guest. */
  readonly privateKey: string;
}

/** A command running in a guest: write its input, read its output, await its exit status. */
export interface LinkCommand {
  readonly stream: ClientChannel;
  /** Exit status; rejects where the link broke before there was one. */
  readonly exited: Promise<number>;
  /**
   * Writes input, and waits until the guest and the network to it have room for more; what waits here is bounded.
   * @returns false once nothing more will be taken: `exited` tells why
   */
  write(chunk: Uint8Array | string, signal: AbortSignal): Promise<boolean>;
}

/** A proven connection to one agent: it has shown the host key that vSphere told, and taken our key. */
export class Link {
  readonly guestId: string;
  private readonly client: ssh2.Client;
  private readonly transport: Duplex;
  private ended = false;
  private received = 0;

  private constructor(guestId: string, client: ssh2.Client, transport: Duplex) {
    this.guestId = guestId;
    this.client = client;
    this.transport = transport;
    client.once("close", () => (this.ended = true));
    transport.on("data", (data: Buffer) => (this.received += data.length));
  }

  /**
   * Shakes hands over a connection on which the agent is the SSH server.
   * @param keepAliveMs how often the agent is asked whether it still lives; 0: somebody else does it
   * @throws Error where either side doesn't prove itself; the connection is closed then
   */
  static prove(
    guestId: string,
    connection: Duplex,
    identity: LinkIdentity,
    timeoutMs: number,
    keepAliveMs = 15_000,
  ): Promise<Link> {
    const transport = new WholeGreeting(connection);
    const expected = Buffer.from(identity.hostKey.split(" ")[1] ?? "", "base64");
    const client = new ssh2.Client();
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        transport.destroy();
        reject(error);
      };
      client
        .on("ready", () => {
          client.off("error", fail);
          client.on("error", () => transport.destroy()); // "close" follows and tells those who wait
          resolve(new Link(guestId, client, transport));
        })
        .on("error", fail)
        .once("close", () =>
          reject(new Error("the agent ended the connection while shaking hands")),
        )
        .connect({
          sock: transport,
          username: "vic",
          privateKey: identity.privateKey,
          hostVerifier: (key: Buffer) => key.equals(expected),
          readyTimeout: timeoutMs,
          keepaliveInterval: keepAliveMs,
          keepaliveCountMax: 3,
          algorithms: { serverHostKey: ["ssh-ed25519"] },
        });
    });
  }

  /** Starts a command in the guest. The signal ends the waiting for the guest's consent, not the command. */
  start(command: string, signal?: AbortSignal): Promise<LinkCommand> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal?.reason as Error);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted) return onAbort();
      this.client.exec(command, (error, stream) => {
        signal?.removeEventListener("abort", onAbort);
        if (error !== undefined) return reject(error);
        if (signal?.aborted) return void stream.destroy();
        const exited = new Promise<number>((done, broken) => {
          let status: number | undefined;
          stream.once("exit", (code: number | null) => (status = code ?? 255));
          stream.once("close", () =>
            status === undefined
              ? broken(new Error(`the link broke during ${command}`))
              : done(status),
          );
          stream.once("error", broken);
        });
        exited.catch(() => {}); // whoever awaits it hears of it; nobody may
        resolve({ stream, exited, write: (chunk, stop) => this.write(stream, chunk, stop) });
      });
    });
  }

  private async write(
    stream: ClientChannel,
    chunk: Uint8Array | string,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (signal.aborted || !stream.writable) return false;
    if (!stream.write(chunk)) await drained(stream, signal);
    // The guest says how much it takes, ssh2 believes it and doesn't ask the network: a guest that promises gigabytes and
    // reads nothing would have them all wait here.
    if (this.transport.writableNeedDrain) await drained(this.transport, signal);
    return !signal.aborted && stream.writable;
  }

  get closed(): boolean {
    return this.ended;
  }

  /** Whether the agent answers within this time, or at least goes on with what it was sending before that. */
  alive(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const before = this.received;
      const timer = setTimeout(() => resolve(this.received !== before), timeoutMs);
      const answered = () => {
        clearTimeout(timer);
        resolve(!this.closed);
      };
      try {
        // Any request will do; an agent refuses this one.
        this.client.unforwardIn("", 0, answered);
      } catch {
        clearTimeout(timer);
        resolve(false);
      }
    });
  }

  onClose(listener: () => void): void {
    this.client.once("close", listener);
  }

  /** Says goodbye, as far as anybody listens. */
  close(): void {
    this.client.end();
    setTimeout(() => this.transport.destroy(), GOODBYE_MS).unref();
  }
}
