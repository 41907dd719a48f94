import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import { attach, container, ServedApi, TestSession } from "../../../test/consoles/served-api.ts";
import { ConsoleError } from "../client/console-client.ts";
import { sendJsonLines } from "./send-json.ts";

describe("the console's API", () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await ServedApi.start();
  });
  afterEach(() => api.stop());

  it("carries a session both ways, and its input's end leaves the output open", async () => {
    const attached = await api.client.attach(container, attach);
    attached.stdin.write("in");
    attached.resize({ width: 80, height: 24 });
    attached.stdin.end("put");
    api.session.stdin.setEncoding("utf8");
    expect((await api.session.stdin.toArray()).join("")).toBe("input");
    expect(api.session.sizes).toEqual([{ width: 80, height: 24 }]);
    api.session.say({ type: "stdout", data: Buffer.from("out") });
    api.session.say({ type: "stderr", data: Buffer.from("err") });
    api.session.say({ type: "exit", exitCode: 7 });
    api.session.output.push(null);
    expect(await attached.output.toArray()).toEqual([
      { type: "stdout", data: Buffer.from("out") },
      { type: "stderr", data: Buffer.from("err") },
      { type: "exit", exitCode: 7 },
    ]);
  });

  it("tells in a frame why a session's output broke", async () => {
    const attached = await api.client.attach(container, attach);
    api.session.output.destroy(new ConsoleError(502, "AgentFailed", "the line broke"));
    expect(await attached.output.toArray()).toEqual([
      { type: "error", reason: "AgentFailed", message: "the line broke" },
    ]);
  });

  it("ends a session where whoever asked hangs up", async () => {
    const attached = await api.client.attach(container, attach);
    attached.close();
    await eventually(() => expect(api.session.closed).toBe(true));
  });

  it("that is stopped breaks its sessions: nobody hangs", async () => {
    const attached = await api.client.attach(container, attach);
    const output = attached.output.toArray();
    output.catch(() => {});
    await api.server.close();
    await expect(output).rejects.toMatchObject({ status: 503, reason: "Unavailable" });
    expect(api.session.closed).toBe(true);
  });

  it("holds little for a reader that doesn't read, and nothing up for others", async () => {
    const slow = await api.client.attach(container, attach);
    const first = api.session;
    api.session = new TestSession();
    let said = 0;
    const flood = () => {
      while (said < 64 && first.say({ type: "stdout", data: Buffer.alloc(256 * 1024) })) said++;
    };
    first.output._read = flood;
    flood();
    const quick = await api.client.attach(container, attach);
    api.session.say({ type: "stdout", data: Buffer.from("quick") });
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
    const made = api.session;
    Object.defineProperty(made, "stdin", { value: stuck });
    const attached = await api.client.attach(container, attach);
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
    const attached = await api.client.attach(container, attach, stop.signal);
    const output = attached.output.toArray();
    output.catch(() => {});
    stop.abort();
    await expect(output).rejects.toThrow("it hung up");
    await eventually(() => expect(api.session.closed).toBe(true));
    const samples = new Readable({ objectMode: true, read: () => {} });
    api.handle = async ({ stream }) => {
      await sendJsonLines(stream, samples);
      return undefined;
    };
    (await api.client.stats(container, true)).destroy();
    await eventually(() => expect(samples.destroyed).toBe(true));
  });

  it("doesn't take a broken connection for the end of the input", async () => {
    const attached = await api.client.attach(container, attach);
    attached.stdin.write("typed");
    expect(String(await once(api.session.stdin, "data"))).toBe("typed");
    await api.client.close();
    await eventually(() => expect(api.session.closed).toBe(true));
    expect(api.session.stdin.writableEnded).toBe(false);
    await expect(attached.output.toArray()).rejects.toThrow("it hung up");
  });

  it("breaks off lines of JSON where they end early", async () => {
    const samples = new Readable({ objectMode: true, read: () => {} });
    api.handle = async ({ stream }) => {
      await sendJsonLines(stream, samples);
      return undefined;
    };
    const stats = await api.client.stats(container, true);
    samples.push({ at: "now" });
    expect(await once(stats, "data")).toEqual([{ at: "now" }]);
    samples.destroy(new Error("the line broke"));
    await expect(stats.toArray()).rejects.toMatchObject({ reason: "Unavailable" });
  });
});
