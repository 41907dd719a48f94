import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestAuthority, type TestCertificate } from "../../test/authority.ts";
import { KINDS } from "../api/kinds.ts";
import { eventually } from "../../test/eventually.ts";
import {
  DockerHosts,
  freePort,
  runGateway,
  type RunningGateway,
} from "../../test/gateway/running-gateway.ts";

const run = promisify(execFile);
let gateway: RunningGateway;
let hosts: DockerHosts;
let authorities: readonly [TestAuthority, TestAuthority];
let clients: readonly [TestCertificate, TestCertificate];
let ownPort: number;
/** What a client sees of a handshake that was refused, or of a connection that ended right after it. */
const cutOff = /socket|certificate|ECONNRE|alert|closed/;

/** A name that no other test's host has: all hosts share one port. */
const nameOf = (host: string): string => `${host}.${hosts.namespace}.test`;

beforeAll(async () => {
  gateway = await runGateway();
  hosts = await DockerHosts.create();
  authorities = [await TestAuthority.create(), await TestAuthority.create()];
  clients = [await authorities[0].issueFor("client"), await authorities[1].issueFor("client")];
  ownPort = await freePort();
  await hosts.add("first", { serverNames: [nameOf("first"), "127.0.0.1"], port: ownPort });
  await hosts.add("second", { serverNames: [nameOf("second")] });
  await certify("first", authorities[0]);
  await certify("second", authorities[1]);
  await eventually(() => ping("first", clients[0]));
  await eventually(() => ping("second", clients[1]));
});

afterAll(async () => {
  await hosts.end();
  await gateway.close();
});

const certify = async (host: string, by: TestAuthority): Promise<void> =>
  hosts.certify(host, await by.issueFor("server", [nameOf(host), "127.0.0.1"]));

/** GET over the shared port by server name, trusting both authorities. */
function ping(
  host: string,
  client: Partial<TestCertificate>,
  port = gateway.port,
): Promise<string> {
  const ca = clients.map((each) => each.ca);
  const options = {
    ...client,
    ca,
    port,
    host: "127.0.0.1",
    servername: nameOf(host),
    path: "/info",
  };
  return new Promise((resolve, reject) => {
    const call = request({ ...options, agent: false }, (response) => {
      let text = "";
      response.on("data", (part) => (text += String(part)));
      response.on("end", () => resolve((JSON.parse(text) as { Name: string }).Name));
      response.on("error", reject);
    });
    call.on("error", reject).end();
  });
}

describe("a client is refused in the handshake", () => {
  test("without a certificate", async () => {
    await expect(ping("first", {})).rejects.toThrow(/certificate required|ECONNRESET|hang up/);
    await expect(ping("first", {}, ownPort)).rejects.toThrow(
      /certificate required|ECONNRESET|hang up/,
    );
  });

  test("with the certificate of another host", async () => {
    await expect(ping("first", clients[1])).rejects.toThrow(cutOff);
    await expect(ping("first", clients[1], ownPort)).rejects.toThrow(cutOff);
    await expect(ping("second", clients[0])).rejects.toThrow(cutOff);
  });

  test("with one that has expired, or isn't valid yet", async () => {
    const day = 24 * 3600 * 1000;
    for (const made of [Date.now() - 2 * day, Date.now() + 30 * day]) {
      const client = await authorities[0].issueFor("client", [], made);
      await expect(ping("first", client)).rejects.toThrow(cutOff);
    }
  });

  test("with a server's certificate, or one of an authority that says it has the same name", async () => {
    const server = await authorities[0].issueFor("server", [nameOf("first")]);
    await expect(ping("first", server)).rejects.toThrow(cutOff);
    const stranger = await TestAuthority.create();
    await expect(ping("first", await stranger.issueFor("client"))).rejects.toThrow(cutOff);
  });

  test("for a server name that no host has, and without one on the shared port", async () => {
    await expect(ping("third", clients[0])).rejects.toThrow(cutOff);
    const refused = new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: gateway.port, ...clients[0] });
      socket.on("secureConnect", resolve).on("error", reject);
      socket.on("close", () => reject(new Error("closed")));
    });
    await expect(refused).rejects.toThrow(cutOff);
  });
});

test("a session of one host can't be resumed at another", async () => {
  const open = (host: string, session?: Buffer): Promise<{ reused: boolean; session?: Buffer }> =>
    new Promise((resolve, reject) => {
      const index = host === "first" ? 0 : 1;
      const socket = connect({
        host: "127.0.0.1",
        port: gateway.port,
        servername: nameOf(host),
        ...clients[index],
        ca: clients.map((each) => each.ca),
        ...(session && { session }),
      });
      let ticket: Buffer | undefined;
      let reused = false;
      socket.on("session", (made) => (ticket = made));
      socket.on("error", reject);
      socket.on("secureConnect", () => {
        reused = socket.isSessionReused();
        socket.write("GET /_ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
      });
      socket.on("data", () => undefined);
      socket.on("close", () => {
        resolve({ reused, ...(ticket && { session: ticket }) });
      });
    });
  const { session } = await open("first");
  expect((await open("second", session)).reused).toBe(false);
  expect((await open("first", session)).reused).toBe(false);
});

test("each client reaches its own host, on the shared port and on the host's own", async () => {
  expect(await ping("first", clients[0])).toBe("first");
  expect(await ping("second", clients[1])).toBe("second");
  expect(await ping("first", clients[0], ownPort)).toBe("first");
});

test("new certificates are shown without cutting a connection, and those of the former authority count no more", async () => {
  const host = "rotated";
  const [before, after] = [await TestAuthority.create(), await TestAuthority.create()];
  await hosts.add(host, { serverNames: [nameOf(host)], port: await freePort() });
  await certify(host, before);
  const former = await before.issueFor("client");
  const connectOnce = (client: TestCertificate, ca: string): Promise<ReturnType<typeof connect>> =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: gateway.port, servername: nameOf(host) };
      const socket = connect({ ...options, ...client, ca }, () => resolve(socket));
      socket.on("error", reject);
    });
  const ask = (socket: ReturnType<typeof connect>): Promise<string> =>
    new Promise((resolve, reject) => {
      socket.once("data", (part) => resolve(String(part)));
      socket.once("close", () => reject(new Error("closed")));
      socket.write("GET /_ping HTTP/1.1\r\nhost: x\r\n\r\n");
    });
  const open = await eventually(() => connectOnce(former, former.ca));
  expect(await ask(open)).toContain("200 OK");

  await certify(host, after);
  const latter = await after.issueFor("client");
  const anew = await eventually(() => connectOnce(latter, latter.ca));
  expect(await ask(anew)).toContain("200 OK");
  expect(await ask(open)).toContain("200 OK");
  await expect(connectOnce(former, latter.ca).then(ask)).rejects.toThrow(cutOff);
  open.destroy();
  anew.destroy();
});

test("a host that is deleted isn't served any more", async () => {
  const host = "deleted";
  const port = await freePort();
  await hosts.add(host, { serverNames: [nameOf(host)], port });
  await certify(host, authorities[0]);
  await eventually(() => ping(host, clients[0], port));
  await hosts.user.delete(KINDS.VirtualContainerHost, { namespace: hosts.namespace, name: host });
  await eventually(() => expect(ping(host, clients[0])).rejects.toThrow(cutOff));
  await eventually(() => expect(ping(host, clients[0], port)).rejects.toThrow(cutOff));
});

test("the docker CLI speaks to it over TLS, by version and info", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vic-docker-"));
  const { cert, key, ca } = clients[0];
  await writeFile(join(folder, "cert.pem"), cert);
  await writeFile(join(folder, "key.pem"), key);
  await writeFile(join(folder, "ca.pem"), ca);
  const env = {
    ...process.env,
    DOCKER_CONFIG: folder,
    DOCKER_CERT_PATH: folder,
    DOCKER_TLS_VERIFY: "1",
    DOCKER_HOST: `tcp://127.0.0.1:${ownPort}`,
  };
  try {
    const version = await run("docker", ["version", "--format", "{{json .Server}}"], { env });
    expect(JSON.parse(version.stdout)).toMatchObject({
      Version: "1.2.3",
      ApiVersion: "1.51",
      MinAPIVersion: "1.24",
    });
    const info = await run("docker", ["info"], { env });
    expect(info.stdout).toContain("Server Version: 1.2.3");
    expect(info.stderr).toBe("");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("without TLS, where that is spelled out, a host answers on its own port", async () => {
  const url = (await hosts.addPlain(gateway, "plain")).replace("tcp", "http");
  const answer = await fetch(`${url}/v1.41/info`);
  expect(await answer.json()).toMatchObject({ Name: "plain" });
});
