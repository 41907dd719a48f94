import { rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Something that listens, and leads each connection elsewhere. */
export interface Tunnel {
  readonly port: number;
  stop(): Promise<void>;
}

type End = { readonly path: string } | { readonly port: number; readonly host: string };

/** Leads connections to one end to another, bytes as they are, half-closed ones too. */
export async function openTunnel(from: End, to: End): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ ...to, allowHalfOpen: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.once("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on("error", () => socket.destroy());
      socket.pipe(other);
    }
  });
  if ("path" in from) await rm(from.path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(from, resolve);
  });
  const address = server.address() as AddressInfo | string;
  return {
    port: typeof address === "string" ? 0 : address.port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
