import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTunnel, type Tunnel } from "./tunnel.ts";

let dir: string;
const tunnels: Tunnel[] = [];

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "vic-tunnel-"));
});

afterEach(async () => {
  await Promise.all(tunnels.splice(0).map((tunnel) => tunnel.stop()));
  await rm(dir, { recursive: true, force: true });
});

test("a connection to an end where nobody listens ends", async () => {
  const tunnel = await openTunnel({ host: "127.0.0.1", port: 0 }, { path: path.join(dir, "none") });
  tunnels.push(tunnel);
  const socket = connect(tunnel.port, "127.0.0.1");
  expect(await text(socket)).toBe("");
});

test("bytes go through both ways, also after one side has said all that it had to say", async () => {
  const socketFile = path.join(dir, "socket");
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void text(socket).then((heard) => socket.end(`heard ${heard}`));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => {
    server.once("listening", resolve);
  });
  try {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    tunnels.push(await openTunnel({ path: socketFile }, { host: "127.0.0.1", port: address.port }));
    const near = await openTunnel({ host: "127.0.0.1", port: 0 }, { path: socketFile });
    tunnels.push(near);
    const socket = connect({ port: near.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.end("hello");
    expect(await text(socket)).toBe("heard hello");
  } finally {
    server.close();
  }
});
