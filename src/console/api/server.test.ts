import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestAuthority } from "../../../test/authority.ts";
import { attach, container, ServedApi } from "../../../test/consoles/served-api.ts";
import { ConsoleError, type OutputFrame } from "../client/console-client.ts";
import type { TlsCredentials } from "../client/http2-pool.ts";
import { Elsewhere } from "./elsewhere.ts";
import { ApiServer } from "./server.ts";

const log = pino({ level: "silent" });

describe("the console's API", () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await ServedApi.start();
  });
  afterEach(() => api.stop());

  const refused = async (credentials: TlsCredentials | undefined) => {
    const asked = api.clientWith(credentials).signal(container, "HUP");
    await expect(asked).rejects.toMatchObject({ status: 503, reason: "Unavailable" });
  };

  describe("lets nobody in", () => {
    it("without a certificate, or with one of another authority", async () => {
      await refused(undefined);
      const other = await TestAuthority.create();
      const { ca } = api.gateway;
      await refused({ ...(await other.issue("vic-gateway")), ca });
      const bare = connectTls({ port: api.port, host: "127.0.0.1", rejectUnauthorized: false });
      bare.on("error", () => {});
      await new Promise((resolve) => bare.resume().on("close", resolve));
    });

    it("who is somebody else by the same authority", async () => {
      await refused(await api.authority.issue("vic-other"));
      await refused(await api.authority.issue("gateway.example.com"));
    });

    it("before it has a certificate itself", async () => {
      const early = new ApiServer({ log, handle: (request) => api.handle(request) });
      const at = await early.listen("127.0.0.1", 0);
      const asked = api.clientWith(api.gateway, at.port).signal(container, "HUP");
      await expect(asked).rejects.toMatchObject({ status: 503, reason: "Unavailable" });
      await early.close();
    });
  });

  it("isn't taken for a console where it is something else", async () => {
    api.server.use(await api.authority.issue("vic-gateway"));
    await refused(api.gateway);
  });

  it("is unavailable where nobody listens", async () => {
    await api.server.close();
    await refused(api.gateway);
  });

  it("tells a refusal with its reason", async () => {
    api.handle = () => Promise.reject(new ConsoleError(409, "NotRunning", "it has ended"));
    await expect(api.client.signal(container, "HUP")).rejects.toMatchObject({
      status: 409,
      reason: "NotRunning",
      message: "it has ended",
    });
    await expect(api.client.attach(container, attach)).rejects.toMatchObject({ status: 409 });
  });

  it("fails where it fails, and goes on", async () => {
    api.handle = () => Promise.reject(new TypeError("a bug"));
    await expect(api.client.top(container)).rejects.toMatchObject({ status: 502 });
    api.handle = () => Promise.resolve({ status: 200, body: { processes: [] } });
    expect(await api.client.top(container)).toEqual([]);
  });

  it("sends whoever asks to the console that has it", async () => {
    const other = new ApiServer({
      log,
      handle: ({ path }) => Promise.resolve({ status: 200, body: { processes: [path] } }),
    });
    other.use(await api.authority.issue("vic-console"));
    const at = await other.listen("127.0.0.1", 0);
    api.handle = () => Promise.reject(new Elsewhere(`https://127.0.0.1:${at.port}`));
    expect(await api.client.top(container)).toEqual([
      `/v1/hosts/ns/host/containers/${container.id}/top`,
    ]);
    await other.close();
  });

  it("doesn't go in circles", async () => {
    api.handle = () => Promise.reject(new Elsewhere(`https://127.0.0.1:${api.port}`));
    await expect(api.client.top(container)).rejects.toMatchObject({ status: 307 });
  });

  it("keeps sessions that are open when certificates change, and shows new ones to newcomers", async () => {
    const attached = await api.client.attach(container, attach);
    const next = await TestAuthority.create();
    api.server.use(await next.issue("vic-console"));
    await refused(api.gateway);
    const newcomer = api.clientWith(await next.issue("vic-gateway"));
    api.session.say({ type: "stdout", data: Buffer.from("still") });
    const [frame] = (await once(attached.output, "data")) as OutputFrame[];
    expect(frame).toMatchObject({ data: Buffer.from("still") });
    api.handle = () => Promise.resolve({ status: 204 });
    await newcomer.signal(container, "HUP");
  });

  it("connects anew after its console was away", async () => {
    api.handle = () => Promise.resolve({ status: 204 });
    await api.client.signal(container, "HUP");
    await api.server.close();
    await expect(api.client.signal(container, "HUP")).rejects.toMatchObject({ status: 503 });
    api.server = new ApiServer({ log, handle: (request) => api.handle(request) });
    api.server.use(await api.authority.issue("vic-console"));
    await api.server.listen("127.0.0.1", api.port);
    await api.client.signal(container, "HUP");
  });

  it("is stopped also while a newcomer says nothing", async () => {
    const silent = connectTcp({ port: api.port, host: "127.0.0.1" });
    silent.on("error", () => {});
    await once(silent, "connect");
    const ended = new Promise((resolve) => silent.on("close", resolve));
    await api.server.close();
    await ended;
    expect(silent.destroyed).toBe(true);
  });
});
