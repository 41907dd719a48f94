import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finish, type Serve } from "../../../test/consoles/agent.ts";
import { eventually } from "../../../test/eventually.ts";
import { LineGuest } from "../../../test/consoles/line-guest.ts";
import { SerialHost, type SerialHostOptions } from "../../../test/consoles/serial-host.ts";
import { deriveLinkKey } from "../../api/link-key.ts";
import type { AgentCommand } from "../sessions/agents.ts";
import { pause } from "../../kube/backoff.ts";
import { AgentRouter } from "../sessions/agent-router.ts";
import { Links } from "../links/links.ts";
import { LineListener } from "./line-listener.ts";
import { Lines } from "./lines.ts";

const log = pino({ level: "silent" });
const uuid = "502a0c11-8f00-4b7a-9d3e-0123456789ab";
const id = "a".repeat(64);
const ours = deriveLinkKey(randomBytes(32), id);

/** Echoes: the answer is the parameters, the output what was put in. */
const echo: Serve = (channel) => {
  channel.once("data", (line: Buffer) => {
    const end = line.indexOf(10) + 1;
    channel.write(line.subarray(0, end));
    channel.write(line.subarray(end));
    channel.pipe(channel, { end: false });
    channel.on("end", () => {
      channel.exit(7);
      channel.end();
    });
  });
};

describe("the serial line of a VM", () => {
  let lines: Lines;
  let listener: LineListener;
  let port: number;
  let agents: AgentRouter;
  /** What vSphere has told of the guest. */
  let told: string | undefined;
  const hosts: SerialHost[] = [];

  beforeEach(async () => {
    told = undefined;
    lines = new Lines({
      log,
      async identify(_id, signal) {
        const isTold = () => told !== undefined;
        while (!isTold() && !signal.aborted) await pause(5, signal);
        signal.throwIfAborted();
        return { hostKey: told ?? "", privateKey: ours.privateKey };
      },
    });
    listener = new LineListener({
      lines,
      log,
      identifyTimeoutMs: 300,
      identifyVm: (said, signal) =>
        said === uuid
          ? Promise.resolve(id)
          : new Promise((_resolve, reject) =>
              signal.addEventListener("abort", () => reject(signal.reason as Error)),
            ),
    });
    ({ port } = await listener.listen("127.0.0.1", 0));
    agents = new AgentRouter(new Links(), lines);
  });

  afterEach(async () => {
    for (const host of hosts.splice(0)) host.destroy();
    lines.closeAll();
    await listener.close();
  });

  const dial = (options: Partial<SerialHostOptions> = {}): SerialHost => {
    const host = new SerialHost({ port, uuid, ...options });
    hosts.push(host);
    return host;
  };
  const guest = (like?: LineGuest) => new LineGuest(ours.authorizedKey, echo, like);
  const command = (ms = 5_000) => agents.command(id, "ping", { a: 1 }, AbortSignal.timeout(ms));

  const read = async (started: Promise<AgentCommand>) => {
    const running = await started;
    running.stdout.resume();
    running.stderr.resume();
    return running;
  };

  it("of a VM that nobody knows is cut off when its time is up", async () => {
    await dial({ uuid: "502a0c11-8f00-4b7a-9d3e-00000000dead" }).ended();
    expect(lines.has(id)).toBe(false);
  });

  it("of a host that says nothing, or that something else was meant for, is cut off", async () => {
    const stranger = dial({ serviceUri: "telnet://elsewhere" });
    await stranger.ended();
    expect(stranger.heardOf(73)).toBeDefined();
  });

  it("of somebody who asks without end is cut off", async () => {
    const asker = dial();
    await eventually(() => expect(lines.has(id)).toBe(true));
    asker.socket.write(Buffer.alloc(60_000, Buffer.from([255, 250, 232, 99, 255, 240])));
    await asker.ended();
    await eventually(() => expect(lines.has(id)).toBe(false));
  });

  it("is missing where no host has dialled: that is said when the time is up", async () => {
    told = guest().hostKey;
    await expect(command(200)).rejects.toMatchObject({ status: 503, reason: "NoLine" });
  });

  it("isn't used where its guest has another key than vSphere told", async () => {
    const real = guest();
    told = real.hostKey;
    guest().listen(dial());
    await expect(command(1_000)).rejects.toMatchObject({ reason: "NoLine" });
    // The real one comes, and is found beside the liar.
    real.listen(dial());
    expect((await command()).answer).toEqual({ a: 1 });
  });

  it("carries a command both ways, to its end", async () => {
    const there = guest().listen(dial());
    told = there.hostKey;
    const { answer, stdin, stdout, stderr, exited } = await command();
    expect(answer).toEqual({ a: 1 });
    let out = "";
    stdout.on("data", (data: Buffer) => (out += String(data)));
    stderr.resume();
    stdin.write("hello \xff\n");
    stdin.end("world");
    expect(await exited).toBe(7);
    expect(out).toBe("hello \xff\nworld");
    expect(there.begun).toBe(1);
  });

  it("is found again when the guest has another key after a boot", async () => {
    const host = dial();
    const first = guest().listen(host);
    told = first.hostKey;
    const broken = await read(command());
    host.removeAllListeners("data");
    const second = guest().listen(host);
    told = second.hostKey;
    lines.expire(id, second.hostKey);
    await expect(broken.exited).rejects.toThrow("broke");
    expect((await command()).answer).toEqual({ a: 1 });
    expect(second.begun).toBe(1);
  });

  it("ends what goes on over it when it is cut, and a new one takes its place", async () => {
    const host = dial();
    const there = guest().listen(host);
    told = there.hostKey;
    const cut = await read(command());
    host.socket.resetAndDestroy();
    await expect(cut.exited).rejects.toThrow("broke");
    await eventually(() => expect(lines.has(id)).toBe(false));
    guest(there).listen(dial());
    expect((await command()).answer).toEqual({ a: 1 });
  });

  it("that is proven stays, whoever else claims to be it", async () => {
    const there = guest().listen(dial());
    told = there.hostKey;
    const held = await command();
    const strangers = Array.from({ length: 20 }, () => dial());
    for (const stranger of strangers) stranger.on("data", () => stranger.write(randomBytes(64)));
    await eventually(() => expect(strangers.filter((each) => each.destroyed)).not.toHaveLength(0));
    held.stdin.end("still here");
    held.stderr.resume();
    let out = "";
    held.stdout.on("data", (data: Buffer) => (out += String(data)));
    expect(await held.exited).toBe(7);
    expect(out).toBe("still here");
    expect(there.begun).toBe(1);
  });

  it("discards floods before its guest is spoken to, and finds it behind them", async () => {
    const host = dial();
    await eventually(() => expect(lines.has(id)).toBe(true));
    host.write(randomBytes(300_000));
    const there = guest().listen(host);
    told = there.hostKey;
    expect((await command(20_000)).answer).toEqual({ a: 1 });
  });

  it("that was damaged on the way, which tells neither end, is begun anew when it is needed", async () => {
    const there = guest().listen(dial());
    told = there.hostKey;
    await command();
    there.forget();
    expect((await command(20_000)).answer).toEqual({ a: 1 });
    expect(there.begun).toBe(2);
  });

  it("refuses an answer that is none", async () => {
    const liar = new LineGuest(ours.authorizedKey, (channel) => {
      channel.write("{nonsense\n");
    });
    told = liar.listen(dial()).hostKey;
    await expect(command()).rejects.toMatchObject({ status: 502, reason: "AgentFailed" });
  });

  it("tells a guest's refusal, without its control characters", async () => {
    const refusing = new LineGuest(ours.authorizedKey, (channel) =>
      finish(channel, { error: { reason: "NotRunning", message: "not\u001b[2J now" } }, 1),
    );
    told = refusing.listen(dial()).hostKey;
    await expect(command()).rejects.toMatchObject({
      status: 409,
      reason: "NotRunning",
      message: "not [2J now",
    });
  });
});
