import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { PassThrough, Readable, Writable } from "node:stream";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestAuthority } from "../../../test/certificates.ts";
import { eventually } from "../../../test/eventually.ts";
import {
  ConsoleError,
  type ConsoleClient,
  type OutputFrame,
  type Size,
} from "../client/console-client.ts";
import { createConsoleClient } from "../client/http-console-client.ts";
import type { TlsCredentials } from "../client/http2-pool.ts";
import type { ServedSession } from "../sessions/served-session.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { ApiAnswer, ApiRequest } from "./routes.ts";
import { ApiServer } from "./server.ts";
import { serveSession } from "./serve-session.ts";
import { sendJsonLines } from "./send-json.ts";

const log = pino({ level: "silent" });
const container = { namespace: "ns", host: "host", id: "c".repeat(64) };
const attach = {
  stdin: true,
  stdout: true,
  stderr: true,
  logs: false,
  stream: true,
  run: "current",
} as const;

/** A session whose both ends a test holds. */
class TestSession implements ServedSession {
  readonly stdin = new PassThrough();
  readonly output = new Readable({ objectMode: true, read: () => {} });
  readonly sizes: Size[] = [];
  closed = false;
  resize(size: Size): void {
    this.sizes.push(size);
  }
  close(): void {
    this.closed = true;
  }
  say(frame: OutputFrame): boolean {
    return this.output.push(frame);
  }
}

describe("the console's API", () => {
  let authority: TestAuthority;
  let server: ApiServer;
  let port: number;
  let gateway: TlsCredentials;
  let client: ConsoleClient;
  let session: TestSession;
  let handle: (request: ApiRequest) => Promise<ApiAnswer>;
  const clients: ConsoleClient[] = [];

  const clientWith = (credentials: TlsCredentials | undefined, at = port): ConsoleClient => {
    const made = createConsoleClient({
      address: { host: "127.0.0.1", port: at },
      credentials: () => Promise.resolve(credentials),
    });
    clients.push(made);
    return made;
  };

  beforeEach(async () => {
    authority = await TestAuthority.create();
    session = new TestSession();
    handle = async ({ stream }) => {
      await serveSession(stream, session);
      return undefined;
    };
    server = new ApiServer({ log, handle: (request) => handle(request) });
    ({ port } = await server.listen("127.0.0.1", 0));
    server.use(await authority.issue("vic-console"));
    gateway = await authority.issue("vic-gateway");
    client = clientWith(gateway);
  });

  afterEach(async () => {
    for (const each of clients.splice(0)) await each.close();
    await server.close();
  });

  const refused = async (credentials: TlsCredentials | undefined) => {
    const asked = clientWith(credentials).signal(container, "HUP");
    await expect(asked).rejects.toMatchObject({ status: 503, reason: "Unavailable" });
  };

  describe("lets nobody in", () => {
    it("without a certificate, or with one of another authority", async () => {
      await refused(undefined);
      const other = await TestAuthority.create();
      const { ca } = gateway;
      await refused({ ...(await other.issue("vic-gateway")), ca });
      const bare = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
      bare.on("error", () => {});
      await new Promise((resolve) => bare.resume().on("close", resolve));
    });

    it("who is somebody else by the same authority", async () => {
      await refused(await authority.issue("vic-other"));
      await refused(await authority.issue("gateway.example.com"));
    });

    it("before it has a certificate itself", async () => {
      const early = new ApiServer({ log, handle });
      const at = await early.listen("127.0.0.1", 0);
      const asked = clientWith(gateway, at.port).signal(container, "HUP");
      await expect(asked).rejects.toMatchObject({ status: 503, reason: "Unavailable" });
      await early.close();
    });
  });

  it("isn't taken for a console where it is something else", async () => {
    server.use(await authority.issue("vic-gateway"));
    await refused(gateway);
  });

  it("is unavailable where nobody listens", async () => {
    await server.close();
    await refused(gateway);
  });

  it("tells a refusal with its reason", async () => {
    handle = () => Promise.reject(new ConsoleError(409, "NotRunning", "it has ended"));
    await expect(client.signal(container, "HUP")).rejects.toMatchObject({
      status: 409,
      reason: "NotRunning",
      message: "it has ended",
    });
    await expect(client.attach(container, attach)).rejects.toMatchObject({ status: 409 });
  });

  it("fails where it fails, and goes on", async () => {
    handle = () => Promise.reject(new TypeError("a bug"));
    await expect(client.top(container)).rejects.toMatchObject({ status: 502 });
    handle = () => Promise.resolve({ status: 200, body: { processes: [] } });
    expect(await client.top(container)).toEqual([]);
  });

  it("sends whoever asks to the console that has it", async () => {
    const other = new ApiServer({
      log,
      handle: ({ path }) => Promise.resolve({ status: 200, body: { processes: [path] } }),
    });
    other.use(await authority.issue("vic-console"));
    const at = await other.listen("127.0.0.1", 0);
    handle = () => Promise.reject(new Elsewhere(`https://127.0.0.1:${at.port}`));
    expect(await client.top(container)).toEqual([
      `/v1/hosts/ns/host/containers/${container.id}/top`,
    ]);
    await other.close();
  });

  it("doesn't go in circles", async () => {
    handle = () => Promise.reject(new Elsewhere(`https://127.0.0.1:${port}`));
    await expect(client.top(container)).rejects.toMatchObject({ status: 307 });
  });

  it("carries a session both ways, and its input's end leaves the output open", async () => {
    const attached = await client.attach(container, attach);
    attached.stdin.write("in");
    attached.resize({ width: 80, height: 24 });
    attached.stdin.end("put");
    session.stdin.setEncoding("utf8");
    expect((await session.stdin.toArray()).join("")).toBe("input");
    expect(session.sizes).toEqual([{ width: 80, height: 24 }]);
    session.say({ type: "stdout", data: Buffer.from("out") });
    session.say({ type: "stderr", data: Buffer.from("err") });
    session.say({ type: "exit", exitCode: 7 });
    session.output.push(null);
    expect(await attached.output.toArray()).toEqual([
      { type: "stdout", data: Buffer.from("out") },
      { type: "stderr", data: Buffer.from("err") },
      { type: "exit", exitCode: 7 },
    ]);
  });

  it("tells in a frame why a session's output broke", async () => {
    const attached = await client.attach(container, attach);
    session.output.destroy(new ConsoleError(502, "AgentFailed", "the line broke"));
    expect(await attached.output.toArray()).toEqual([
      { type: "error", reason: "AgentFailed", message: "the line broke" },
    ]);
  });

  it("ends a session where whoever asked hangs up", async () => {
    const attached = await client.attach(container, attach);
    attached.close();
    await eventually(() => expect(session.closed).toBe(true));
  });

  it("that is stopped breaks its sessions: nobody hangs", async () => {
    const attached = await client.attach(container, attach);
    const output = attached.output.toArray();
    output.catch(() => {});
    await server.close();
    await expect(output).rejects.toMatchObject({ status: 503, reason: "Unavailable" });
    expect(session.closed).toBe(true);
  });

  it("keeps sessions that are open when certificates change, and shows new ones to newcomers", async () => {
    const attached = await client.attach(container, attach);
    const next = await TestAuthority.create();
    server.use(await next.issue("vic-console"));
    await refused(gateway);
    const newcomer = clientWith(await next.issue("vic-gateway"));
    session.say({ type: "stdout", data: Buffer.from("still") });
    const [frame] = (await once(attached.output, "data")) as OutputFrame[];
    expect(frame).toMatchObject({ data: Buffer.from("still") });
    handle = () => Promise.resolve({ status: 204 });
    await newcomer.signal(container, "HUP");
  });

  it("connects anew after its console was away", async () => {
    handle = () => Promise.resolve({ status: 204 });
    await client.signal(container, "HUP");
    await server.close();
    await expect(client.signal(container, "HUP")).rejects.toMatchObject({ status: 503 });
    server = new ApiServer({ log, handle });
    server.use(await authority.issue("vic-console"));
    await server.listen("127.0.0.1", port);
    await client.signal(container, "HUP");
  });

  it("holds little for a reader that doesn't read, and nothing up for others", async () => {
    const slow = await client.attach(container, attach);
    const first = session;
    session = new TestSession();
    let said = 0;
    const flood = () => {
      while (said < 64 && first.say({ type: "stdout", data: Buffer.alloc(256 * 1024) })) said++;
    };
    first.output._read = flood;
    flood();
    const quick = await client.attach(container, attach);
    session.say({ type: "stdout", data: Buffer.from("quick") });
    expect(await once(quick.output, "data")).toMatchObject([{ data: Buffer.from("quick") }]);
    // Everything that is under way: what the streams' windows and buffers hold.
    expect(said).toBeLessThan(40);
    first.output.push(null);
    let bytes = 0;
    for await (const frame of slow.output as AsyncIterable<{ data: Buffer }>)
      bytes += frame.data.length;
    expect(bytes).toBeGreaterThan(0);
  });

  it("makes a writer wait for a process that doesn't read", async () => {
    const stuck = new Writable({ highWaterMark: 1024, write: () => {} });
    const made = session;
    Object.defineProperty(made, "stdin", { value: stuck });
    const attached = await client.attach(container, attach);
    let taken = 0;
    for (let i = 0; i < 256; i++) {
      if (attached.stdin.write(Buffer.alloc(64 * 1024), () => taken++)) continue;
      const more = once(attached.stdin, "drain").then(() => true);
      const waited = new Promise((resolve) => setTimeout(resolve, 200, false));
      if (!(await Promise.race([more, waited]))) break;
    }
    expect(taken).toBeLessThan(64);
    attached.close();
  });

  it("hangs up when the caller's signal says so, also where nothing comes", async () => {
    const stop = new AbortController();
    const attached = await client.attach(container, attach, stop.signal);
    const output = attached.output.toArray();
    output.catch(() => {});
    stop.abort();
    await expect(output).rejects.toThrow("it hung up");
    await eventually(() => expect(session.closed).toBe(true));
    const samples = new Readable({ objectMode: true, read: () => {} });
    handle = async ({ stream }) => {
      await sendJsonLines(stream, samples);
      return undefined;
    };
    (await client.stats(container, true)).destroy();
    await eventually(() => expect(samples.destroyed).toBe(true));
  });

  it("doesn't take a broken connection for the end of the input", async () => {
    const attached = await client.attach(container, attach);
    attached.stdin.write("typed");
    expect(String(await once(session.stdin, "data"))).toBe("typed");
    await client.close();
    await eventually(() => expect(session.closed).toBe(true));
    expect(session.stdin.writableEnded).toBe(false);
    await expect(attached.output.toArray()).rejects.toThrow("it hung up");
  });

  it("is stopped also while a newcomer says nothing", async () => {
    const silent = connectTcp({ port, host: "127.0.0.1" });
    silent.on("error", () => {});
    await once(silent, "connect");
    const ended = new Promise((resolve) => silent.on("close", resolve));
    await server.close();
    await ended;
    expect(silent.destroyed).toBe(true);
  });

  it("breaks off lines of JSON where they end early", async () => {
    const samples = new Readable({ objectMode: true, read: () => {} });
    handle = async ({ stream }) => {
      await sendJsonLines(stream, samples);
      return undefined;
    };
    const stats = await client.stats(container, true);
    samples.push({ at: "now" });
    expect(await once(stats, "data")).toEqual([{ at: "now" }]);
    samples.destroy(new Error("the line broke"));
    await expect(stats.toArray()).rejects.toMatchObject({ reason: "Unavailable" });
  });
});
