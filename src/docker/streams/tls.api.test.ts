import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCertificate, TestAuthority } from "../../../test/authority.ts";
import { addContainer } from "../../../test/gateway/docker-containers.ts";
import { demultiplex } from "../../../test/gateway/docker-wire.ts";
import { eventually } from "../../../test/eventually.ts";
import { LocalConsole } from "../../../test/consoles/local-console.ts";
import {
  DockerHosts,
  runGateway,
  type RunningGateway,
} from "../../../test/gateway/running-gateway.ts";

// Half-close and hanging up are other things over TLS than over TCP: a client says the first with close_notify.
const console = new LocalConsole();
let gateway: RunningGateway;
let hosts: DockerHosts;
let client: TestCertificate;
const name = (): string => `tls.${hosts.namespace}.test`;

beforeAll(async () => {
  gateway = await runGateway(console);
  hosts = await DockerHosts.create();
  const authority = await TestAuthority.create();
  client = await authority.issueFor("client");
  await hosts.add("tls", { serverNames: [name()] });
  await hosts.certify("tls", await authority.issueFor("server", [name()]));
});
afterAll(async () => {
  await hosts.end();
  await gateway.close();
});

/** A connection and what came over it. */
async function dial() {
  const { raw, socket } = await eventually(async () => {
    const made = connectTcp({ host: "127.0.0.1", port: gateway.port, allowHalfOpen: true });
    const secured = connect({ socket: made, servername: name(), ...client });
    await once(secured, "secureConnect");
    return { raw: made, socket: secured };
  });
  let got = Buffer.alloc(0);
  let ended = false;
  socket.on("data", (data) => (got = Buffer.concat([got, data])));
  socket.on("end", () => (ended = true)).on("error", () => undefined);
  return { raw, socket, got: () => got, ended: () => ended };
}

const attach = (container: string, ...headers: string[]): string =>
  [
    `POST /v1.51/containers/${container}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1`,
    "Host: docker",
    ...headers,
    "\r\n",
  ].join("\r\n");
const upgrade = ["Connection: Upgrade", "Upgrade: tcp"];

test("the end of the input leaves the output open", async () => {
  const { id } = await addContainer(hosts, gateway, "tls", "cat", "Created", { openStdin: true });
  const { socket, got, ended } = await dial();
  socket.write(attach("cat", ...upgrade));
  await eventually(() => expect(String(got())).toContain("101 UPGRADED"));
  console.start(id, "sh", "-c", "cat; sleep 0.2; echo late");
  socket.end("typed\n");
  await eventually(() => expect(ended()).toBe(true));
  const body = got().subarray(got().indexOf("\r\n\r\n") + 4);
  expect(demultiplex(body)[1]).toBe("typed\nlate\n");
});

test("without an upgrade it is the same", async () => {
  const { id } = await addContainer(hosts, gateway, "tls", "bare", "Created", { openStdin: true });
  const { socket, got, ended } = await dial();
  socket.write(attach("bare"));
  await eventually(() => expect(String(got())).toContain("200 OK"));
  console.start(id, "sh", "-c", "cat; sleep 0.2; echo late");
  socket.end("typed\n");
  await eventually(() => expect(ended()).toBe(true));
  const body = got().subarray(got().indexOf("\r\n\r\n") + 4);
  expect(demultiplex(body)[1]).toBe("typed\nlate\n");
});

test("a client that is gone closes the console's stream", async () => {
  const { id } = await addContainer(hosts, gateway, "tls", "gone", "Running");
  const child = console.start(id, "sleep", "60");
  const { raw, socket, got } = await dial();
  socket.write(attach("gone", ...upgrade));
  await eventually(() => expect(String(got())).toContain("101 UPGRADED"));
  expect(console.open.size).toBe(1);
  raw.resetAndDestroy();
  await eventually(() => expect(console.open.size).toBe(0));
  child.kill();
});

test("a client that leaves a stream of an ordinary answer ends it", async () => {
  const { id } = await addContainer(hosts, gateway, "tls", "logs", "Running");
  const child = console.start(id, "sleep", "60");
  const { socket, got } = await dial();
  socket.write(
    "GET /v1.51/containers/logs/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: docker\r\n\r\n",
  );
  await eventually(() => expect(String(got())).toContain("200 OK"));
  expect(console.following).toBe(1);
  // As the kernel does for a process that was killed: the end, and nothing more.
  socket.end();
  await eventually(() => expect(console.following).toBe(0));
  child.kill();
});
