// Reaching a vCenter: certificates, passwords, sessions.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  connect,
  createFolder,
  findDatacenter,
  InvalidLoginError,
  moref,
  readProperties,
  UnreachableError,
  UntrustedCertificateError,
  type VSphere,
  withScope,
  WrongThumbprintError,
} from "../../../src/vsphere/index.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import { TestVcenter } from "./vcenter.ts";

let vcenter: TestVcenter;
beforeAll(async () => {
  vcenter = await TestVcenter.start();
});
afterAll(() => vcenter?.stop());

async function during<T>(work: (vs: VSphere) => Promise<T>, options = {}): Promise<T> {
  const vs = await connect({ ...vcenter.login, ...options });
  try {
    return await work(vs);
  } finally {
    await vs.close();
  }
}
const currentTime = (vs: VSphere, signal?: AbortSignal): Promise<string> =>
  vs.call("CurrentTime", moref("ServiceInstance", "ServiceInstance"), {}, signal ? { signal } : {});

describe("connecting is refused", () => {
  test("when the certificate has another thumbprint, and says which", async () => {
    const wrong = vcenter.login.thumbprint.replace(/^../, (byte) => (byte === "00" ? "01" : "00"));
    const refused = connect({ ...vcenter.login, thumbprint: wrong });
    await expect(refused).rejects.toThrow(WrongThumbprintError);
    await expect(refused).rejects.toMatchObject({
      code: "WrongThumbprint",
      actual: vcenter.login.thumbprint,
    });
  });

  test("when nothing trusts the certificate, and says which one it is", async () => {
    const { thumbprint, ...untrusting } = vcenter.login;
    const refused = connect(untrusting);
    await expect(refused).rejects.toThrow(UntrustedCertificateError);
    await expect(refused).rejects.toMatchObject({
      code: "UntrustedCertificate",
      actual: thumbprint,
    });
  });

  test("when the password is wrong, and isn't tried again at once", async () => {
    await vcenter.resetCalls();
    const refused = connect({ ...vcenter.login, password: "s3cret-but-wrong" });
    await expect(refused).rejects.toThrow(InvalidLoginError);
    await expect(refused).rejects.not.toThrow("s3cret");
    expect((await vcenter.calls())["Login"]).toBe(1);
  });

  test("when nothing listens", async () => {
    await expect(connect({ ...vcenter.login, url: "https://127.0.0.1:1" })).rejects.toThrow(
      UnreachableError,
    );
  });

  test("when what listens isn't a vCenter", async () => {
    const server = createServer((request, response) => {
      request.resume();
      response
        .writeHead(200, { "content-type": "text/html" })
        .end("<html><body>hello</body></html>");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const refused = connect({ url: `http://127.0.0.1:${port}`, username: "u", password: "p" });
    await expect(refused).rejects.toMatchObject({ code: "NotVSphere" });
    server.close();
  });
});

describe("where no session is left", () => {
  beforeAll(async () => {
    await vcenter.terminateSessions();
    await vcenter.assume({ maxSessions: 1 });
  });
  afterAll(() => vcenter.assume({ maxSessions: 0 }));

  test("connecting says so, and whoever has one goes on", async () => {
    await during(async (vs) => {
      const refused = vcenter.otherLogin();
      await expect(refused).rejects.toThrow(UnreachableError);
      await expect(refused).rejects.toThrow("has no session left: HTTP 503");
      expect(await currentTime(vs)).toMatch(/^20/);
    });
  });

  test("the next one connects: a client that closes ends its session", async () => {
    await during(currentTime);
    expect(await during(currentTime)).toMatch(/^20/);
  });
});

describe("connecting succeeds", () => {
  test("with the SHA-1 thumbprint, without colons too", async () => {
    const thumbprint = vcenter.sha1Thumbprint.replaceAll(":", "").toLowerCase();
    expect(await during(async (vs) => vs.about.apiType, { thumbprint })).toBe("VirtualCenter");
  });

  test("with the certificate's authority instead of a thumbprint", async () => {
    const { thumbprint: _, ...login } = vcenter.login;
    const vs = await connect({ ...login, ca: vcenter.ca });
    expect(vs.about.instanceUuid).toMatch(/^[0-9a-f-]{36}$/);
    await vs.close();
  });
});

describe("a session", () => {
  test("is one, however many ask at once", async () => {
    await vcenter.resetCalls();
    await during(async (vs) => {
      await vcenter.terminateSessions();
      await Promise.all(
        Array.from({ length: 50 }, () => readProperties(vs, vs.content.rootFolder, ["name"])),
      );
      expect((await vcenter.calls())["Login"]).toBe(2);
    });
  });

  test("that was ended costs a call nothing but another login", async () => {
    await during(async (vs) => {
      const datacenter = await findDatacenter(vs);
      await vcenter.terminateSessions();
      const folder = await createFolder(vs, datacenter.vmFolder, `after-${Date.now()}`);
      expect(await readProperties(vs, folder, ["name"])).toMatchObject({
        name: expect.stringMatching(/^after-/),
      });
    });
  });

  test("is touched when nothing else uses it", async () => {
    expect.hasAssertions();
    await during(
      async () => {
        await vcenter.resetCalls();
        await expect
          .poll(async () => (await vcenter.calls())["CurrentTime"] ?? 0)
          .toBeGreaterThanOrEqual(1);
      },
      { keepaliveMs: 100 },
    );
  });

  test("goes on with new credentials, and stops at refused ones until right ones come", async () => {
    await during(async (vs) => {
      await expect(vs.replaceCredentials(vcenter.login.username, "wrong")).rejects.toThrow(
        InvalidLoginError,
      );
      await expect(currentTime(vs)).rejects.toThrow(InvalidLoginError);
      expect(vs.state).toMatchObject({ connected: false, error: { code: "InvalidLogin" } });
      await vs.replaceCredentials(vcenter.login.username, vcenter.login.password);
      await currentTime(vs);
      expect(vs.state).toEqual({ connected: true });
    });
  });

  test("isn't asked for again with credentials that were refused, however often they are given", async () => {
    await during(async (vs) => {
      await vcenter.resetCalls();
      for (let times = 0; times < 4; times++) {
        await expect(vs.replaceCredentials(vcenter.login.username, "wrong")).rejects.toThrow(
          InvalidLoginError,
        );
      }
      expect((await vcenter.calls())["Login"]).toBe(1);
      await vs.replaceCredentials(vcenter.login.username, vcenter.login.password);
      await currentTime(vs);
    });
  });

  test("ends on the server when the client closes", async () => {
    await vcenter.terminateSessions();
    await during(async (vs) => {
      await vs.inventory.whenSynced(AbortSignal.timeout(1)).catch(() => undefined);
    });
    expect(await vcenter.terminateSessions()).toBe(0);
  });
});

test("nothing is sent once the client closes, not even what had begun to wait", async () => {
  const vs = await connect({ ...vcenter.login, maxCallsInFlight: 1 });
  const { vmFolder } = await findDatacenter(vs);
  await vs.inventory.watchVms(vmFolder).synced;
  await vcenter.delay("CurrentTime", 300);
  await vcenter.resetCalls();
  const first = currentTime(vs).catch(() => undefined);
  const create = (name: string): Promise<unknown> =>
    createFolder(vs, vmFolder, name).catch((error: unknown) => error);
  const waiting = create("waiting");
  const closing = vs.close();
  const late = create("late");
  await Promise.all([first, closing]);
  await vcenter.clearFaults();
  expect(await waiting).toMatchObject({ code: "Closed" });
  expect(await late).toMatchObject({ code: "Closed" });
  expect(await vcenter.calls()).not.toHaveProperty("CreateFolder");
});

test("work in a scope ends with its signal, calls and tasks alike, though no function passes it on", async () => {
  await during(async (vs) => {
    await vcenter.delay("CurrentTime", 5_000);
    await vcenter.delay("RetrievePropertiesEx", 5_000);
    const cancel = new AbortController();
    const pending = withScope({ group: "a", signal: cancel.signal }, () =>
      Promise.all([
        expect(currentTime(vs)).rejects.toThrow("changed my mind"),
        expect(vs.tasks.wait(moref("Task", "task-999999"))).rejects.toThrow("changed my mind"),
      ]),
    );
    setTimeout(() => cancel.abort(new Error("changed my mind")), 50);
    await pending;
    await vcenter.clearFaults();
  });
});

describe("closing doesn't wait for a server", () => {
  const away: [string, (proxy: TcpProxy) => void][] = [
    ["that is gone", (proxy) => proxy.stop()],
    ["that says nothing", (proxy) => proxy.mute()],
  ];
  test.each(away)(
    "%s",
    async (_, breakIt) => {
      const proxy = await TcpProxy.start(Number(new URL(vcenter.login.url).port));
      const vs = await connect({ ...vcenter.login, url: `https://127.0.0.1:${proxy.port}` });
      const datacenter = await findDatacenter(vs);
      await vs.inventory.watchVms(datacenter.vmFolder).synced;
      breakIt(proxy);
      const pending = currentTime(vs).catch((error: unknown) => error);
      await vs.close();
      expect(await pending).toMatchObject({
        code: expect.stringMatching(/^(Closed|Unreachable)$/),
      });
      proxy.stop();
    },
    30_000,
  );
});

describe("a call", () => {
  test("that is cancelled rejects with the reason, and the next one works", async () => {
    await during(async (vs) => {
      await vcenter.delay("CurrentTime", 5_000);
      const cancel = new AbortController();
      const pending = currentTime(vs, cancel.signal);
      setTimeout(() => cancel.abort(new Error("changed my mind")), 50);
      await expect(pending).rejects.toThrow("changed my mind");
      await vcenter.clearFaults();
      await expect(currentTime(vs)).resolves.toMatch(/^\d{4}-/);
    });
  });

  test("on what doesn't exist is a typed fault that names it", async () => {
    await during(async (vs) => {
      const gone = vs.call("CreateFolder", moref("Folder", "group-v999999"), { name: "x" });
      await expect(gone).rejects.toMatchObject({
        code: "Fault",
        fault: "ManagedObjectNotFound",
        details: { obj: { type: "Folder", value: "group-v999999" } },
      });
    });
  });
});
