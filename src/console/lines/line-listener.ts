import { createServer, type Server, type Socket } from "node:net";
import type { Logger } from "pino";
import { Unproven } from "../links/unproven.ts";
import { HostConnection } from "../vspc/host-connection.ts";
import type { Lines } from "./lines.ts";

const IDENTIFY_MS = 30_000;
/** All lines of an ESXi host may come at once, after a restart of ours, and before we know what containers there are. */
const MAX_UNKNOWN = 2048;

export interface LineListenerOptions {
  readonly lines: Lines;
  readonly log: Logger;
  /** Resolves with the id of the container whose VM has this instance UUID; rejects where the signal aborts before it is known. */
  identifyVm(uuid: string, signal: AbortSignal): Promise<string>;
  /** How long a host may take to say of which VM the line is, and that VM to become known; default 30 s. */
  readonly identifyTimeoutMs?: number;
}

/** Where ESXi hosts dial in with the serial ports of VMs. */
export class LineListener {
  readonly #options: LineListenerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #unknown = new Unproven(MAX_UNKNOWN);

  constructor(options: LineListenerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  listen(host: string, port: number): Promise<{ readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject).listen(port, host, () => {
        this.#server.off("error", reject).on("error", (error) => {
          this.#options.log.warn({ error: error.message }, "a host could not be let in");
        });
        const address = this.#server.address();
        resolve({ port: typeof address === "object" && address !== null ? address.port : port });
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const settled = this.#unknown.admit(socket);
    const connection = new HostConnection(socket);
    this.#identify(connection)
      .catch((error: Error) => {
        this.#options.log.info(
          { remote: connection.remoteAddress, error: error.message },
          "a serial line was refused",
        );
        connection.destroy();
      })
      .finally(settled);
  }

  async #identify(connection: HostConnection): Promise<void> {
    const { lines, log, identifyTimeoutMs = IDENTIFY_MS } = this.#options;
    const gone = new AbortController();
    const timeout = AbortSignal.timeout(identifyTimeoutMs);
    const signal = AbortSignal.any([gone.signal, timeout]);
    let cookie: Buffer | undefined;
    const uuid = await new Promise<string>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      connection.listener = {
        identified: resolve,
        vmotionPeer: (said) => (cookie = said),
        closed: () => gone.abort(new Error("the host hung up")),
      };
    });
    const guestId = await this.#options.identifyVm(uuid, signal);
    signal.throwIfAborted();
    log.info(
      {
        guest: guestId.slice(0, 12),
        remote: connection.remoteAddress,
        moves: cookie !== undefined,
      },
      "a serial line has come",
    );
    lines.add(guestId, connection, cookie);
  }
}
