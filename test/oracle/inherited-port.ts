import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/**
 * A port of this machine's loopback for a process in another network namespace: a socket stays where it was made. Whoever is
 * started with the descriptor serves on it, as systemd's socket activation has it.
 */
export class InheritedPort {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<InheritedPort> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new InheritedPort(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** For `spawn`'s `stdio`. */
  get descriptor(): number {
    // Node has no other way to ask for it.
    return (this.#server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
  }

  /** Leaves it to who has inherited it. */
  async handOver(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }
}
