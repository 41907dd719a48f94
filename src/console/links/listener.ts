import { createServer, type Server, type Socket } from "node:net";
import type { Logger } from "pino";
import { readHello } from "./hello.ts";
import { Link, type LinkIdentity } from "./link.ts";
import type { Links } from "./links.ts";
import { Unproven } from "./unproven.ts";

const HELLO_TIMEOUT_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 30_000;
const MAX_UNPROVEN = 256;

export interface ListenerOptions {
  readonly links: Links;
  readonly log: Logger;
  /** How long a guest may take to become known; default 30 s. */
  readonly handshakeTimeoutMs?: number;
  /** Resolves once this guest is known; rejects where it isn't, or the signal aborts. */
  identify(guestId: string, signal: AbortSignal): Promise<LinkIdentity>;
}

/** Where agents dial in. */
export class AgentListener {
  private readonly options: ListenerOptions;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly stopping = new AbortController();
  private readonly unproven = new Unproven(MAX_UNPROVEN);

  constructor(options: ListenerOptions) {
    this.options = options;
    this.server = createServer((socket) => this.accept(socket));
  }

  listen(host: string, port: number): Promise<{ readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject).listen(port, host, () => {
        const address = this.server.address();
        resolve({ port: typeof address === "object" && address !== null ? address.port : port });
      });
    });
  }

  async close(): Promise<void> {
    this.stopping.abort(new Error("the console is stopping"));
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true).once("close", () => this.sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const settled = this.unproven.admit(socket);
    this.prove(socket)
      .catch((error: Error) => {
        this.options.log.info(
          { remote: socket.remoteAddress, error: error.message },
          "an agent's connection was refused",
        );
        socket.destroy();
      })
      .finally(settled);
  }

  private async prove(socket: Socket): Promise<void> {
    const guestId = await readHello(socket, HELLO_TIMEOUT_MS);
    const gone = new AbortController();
    socket.once("close", () => gone.abort(new Error("the agent hung up")));
    const signal = AbortSignal.any([
      this.stopping.signal,
      gone.signal,
      AbortSignal.timeout(this.options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS),
    ]);
    const identity = await this.options.identify(guestId, signal);
    signal.throwIfAborted();
    const link = await Link.prove(guestId, socket, identity, HANDSHAKE_TIMEOUT_MS);
    this.options.links.add(link);
    this.options.log.info({ guest: guestId.slice(0, 12) }, "an agent is linked");
  }
}
