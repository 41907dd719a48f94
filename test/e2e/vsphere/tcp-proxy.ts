import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Passes TCP connections on, until it is told not to. */
export class TcpProxy {
  readonly #server = createServer((client) => this.#pass(client));
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #target: number;
  #isMute = false;

  private constructor(target: number) {
    this.#target = target;
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #pass(client: Socket): void {
    if (this.#isMute) return void client.on("error", () => undefined).resume();
    const upstream = connect(this.#target, "127.0.0.1");
    const pair = [client, upstream] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
    }
  }

  /** Lets today's connections carry nothing more, without ending them, as a firewall does that forgets them. */
  freeze(): void {
    for (const [client, upstream] of this.#pairs) {
      client.unpipe(upstream).resume();
      upstream.unpipe(client).resume();
    }
  }

  /** From now on nothing is carried, on no connection. */
  mute(): void {
    this.#isMute = true;
    this.freeze();
  }

  /** Cuts today's connections. */
  cut(): void {
    for (const sockets of this.#pairs) for (const socket of sockets) socket.destroy();
  }

  stop(): void {
    this.#server.close();
    this.cut();
  }
}
