// Logs by the lab's vCenter: sessions, ranges, what is logged in and called.
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import type { VirtualContainerHost } from "../../../src/api/virtualcontainerhost.gen.ts";
import type { VSphereServer } from "../../../src/api/vsphereserver.gen.ts";
import { FileSessions } from "../../../src/console/logs/file-sessions.ts";
import { createLogFiles, type LogFiles } from "../../../src/console/logs/log-files.ts";
import {
  connect,
  datastorePath,
  findDatacenter,
  makeDirectory,
  uploadFile,
  type VSphere,
} from "../../../src/vsphere/index.ts";
import { TestVcenter } from "../vsphere/vcenter.ts";

const id = "ab".repeat(32);
const content = Buffer.from(Array.from({ length: 2_000_000 }, (_, i) => `${i}\n`).join(""));
const always = new AbortController().signal;

let vcenter: TestVcenter;
let vs: VSphere;
let datacenter: string;
let password: string;
let secretReads = 0;
let logFiles: LogFiles;

beforeAll(async () => {
  vcenter = await TestVcenter.start();
  vs = await connect(vcenter.login);
  const { name, ref } = await findDatacenter(vs);
  datacenter = name;
  await makeDirectory(vs, ref, datastorePath(vcenter.names.datastore, id));
  const path = `${id}/${id}.log`;
  await uploadFile(vs, { datacenter, datastore: vcenter.names.datastore, path }, content);
});
afterEach(() => logFiles.close());
afterAll(async () => {
  await vs?.close();
  await vcenter?.stop();
});

const theServer = () =>
  ({
    metadata: { namespace: "infra", name: "vc" },
    spec: {
      url: vcenter.login.url,
      thumbprint: vcenter.login.thumbprint,
      credentialsSecretRef: { name: "login" },
    },
    status: { datacenter },
  }) as VSphereServer;

const secret = () => ({
  username: Buffer.from(vcenter.login.username),
  password: Buffer.from(password),
});

/** The log of a container of a host of a server, as resources tell of them. */
function log(containerId = id, path?: string) {
  password = vcenter.login.password;
  secretReads = 0;
  const host = {
    metadata: { namespace: "team", name: "host" },
    spec: {
      serverRef: { name: "vc", namespace: "infra" },
      imageStore: { datastore: vcenter.names.datastore, path: "images" },
    },
  } as VirtualContainerHost;
  const container = {
    metadata: { namespace: "team", name: "web" },
    spec: { hostRef: { name: "host" } },
    status: { id: containerId, ...(path !== undefined && { vsphere: { path } }) },
  } as ContainerVM;
  const store = (key: string, object: object) => ({
    store: { get: (asked: string) => (asked === key ? object : undefined) },
  });
  logFiles = createLogFiles({
    hosts: store("team/host", host) as never,
    servers: store("infra/vc", theServer()) as never,
    readSecret: (namespace, name) => {
      secretReads++;
      const isThere = namespace === "infra" && name === "login";
      return Promise.resolve(isThere ? secret() : undefined);
    },
    log: pino({ level: "silent" }),
  });
  return logFiles.of(() => container);
}

async function read(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

describe("a log on a datastore", () => {
  test("that isn't there has neither size nor bytes", async () => {
    const file = log("0".repeat(64));
    expect(await file.size(always)).toBeUndefined();
    expect(await read(file.read(0, undefined, always))).toHaveLength(0);
  });

  test("isn't read with credentials that are refused, and they aren't tried again and again", async () => {
    const file = log();
    password = "wrong";
    await vcenter.resetCalls();
    for (let i = 0; i < 5; i++)
      await expect(file.size(always)).rejects.toMatchObject({
        status: 503,
        reason: "LogUnavailable",
      });
    expect((await vcenter.calls())["Login"]).toBe(1);
    password = vcenter.login.password;
    expect(await file.size(always)).toBe(content.length);
  });

  test("has its size and its bytes, whole or in part", async () => {
    const file = log();
    expect(await file.size(always)).toBe(content.length);
    expect((await read(file.read(0, undefined, always))).equals(content)).toBe(true);
    expect((await read(file.read(100, 200, always))).equals(content.subarray(100, 200))).toBe(true);
    expect(await read(file.read(content.length, undefined, always))).toHaveLength(0);
    expect(await read(file.read(content.length + 5, undefined, always))).toHaveLength(0);
  });

  test("is read by one login of its own, whoever and however many read, and by no other call", async () => {
    await vcenter.resetCalls();
    const file = log();
    await Promise.all(Array.from({ length: 20 }, () => file.size(always)));
    for (let i = 0; i < 5; i++) await read(file.read(0, 10, always));
    await logFiles.close();
    expect(await vcenter.calls()).toEqual({ RetrieveServiceContent: 1, Login: 1, Logout: 1 });
    expect(secretReads).toBeLessThanOrEqual(20);
  });

  test("costs no session when nobody has read it for a while", async () => {
    const idle = new FileSessions(() => Promise.resolve(secret()), pino({ level: "silent" }), 50);
    const { access, giveBack } = await idle.take(theServer());
    await vcenter.resetCalls();
    const again = await idle.take(theServer());
    expect(again.access).toBe(access);
    again.giveBack();
    giveBack();
    await expect.poll(async () => (await vcenter.calls())["Logout"]).toBe(1);
    (await idle.take(theServer())).giveBack();
    expect((await vcenter.calls())["Login"]).toBe(1);
    await idle.close();
  });

  test("is read on where sessions end, and vCenter restarts", async () => {
    const file = log();
    const got: Buffer[] = [];
    for await (const piece of file.read(0, undefined, always)) {
      got.push(piece);
      if (got.length === 2) await vcenter.restart(500);
      if (got.length % 20 === 0) await vcenter.terminateSessions();
    }
    expect(Buffer.concat(got).equals(content)).toBe(true);
    await vcenter.terminateSessions();
    expect(await file.size(always)).toBe(content.length);
  });

  test("holds no connection for a reader who pauses, and goes on with him", async () => {
    const file = log();
    const got: Buffer[] = [];
    for await (const piece of file.read(0, undefined, always)) {
      got.push(piece);
      if (got.length === 1) await delay(6_000);
    }
    expect(Buffer.concat(got).equals(content)).toBe(true);
  });

  test("is where the VM is", async () => {
    const file = log(id, `[${vcenter.names.datastore}] ${id}/${id}.vmx`);
    expect(await file.size(always)).toBe(content.length);
    expect(
      await log(id, `[${vcenter.names.datastore}] elsewhere/x.vmx`).size(always),
    ).toBeUndefined();
  });

  test("is let go by a reader who leaves", async () => {
    const file = log();
    for await (const piece of file.read(0, undefined, always)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    const hangUp = new AbortController();
    const reading = read(
      (async function* () {
        for await (const piece of file.read(0, undefined, hangUp.signal)) {
          hangUp.abort();
          yield piece;
        }
      })(),
    );
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
  });
});
