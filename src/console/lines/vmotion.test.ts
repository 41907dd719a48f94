import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Serve } from "../../../test/consoles/agent.ts";
import { eventually } from "../../../test/eventually.ts";
import { LineGuest } from "../../../test/consoles/line-guest.ts";
import { SerialHost } from "../../../test/consoles/serial-host.ts";
import { deriveLinkKey } from "../../api/link-key.ts";
import { pause } from "../../kube/backoff.ts";
import { Links } from "../links/links.ts";
import { AgentRouter } from "../sessions/agent-router.ts";
import type { AgentCommand } from "../sessions/agents.ts";
import { LineListener } from "./line-listener.ts";
import { Lines } from "./lines.ts";

const log = pino({ level: "silent" });
const uuid = "502a0c11-8f00-4b7a-9d3e-0123456789ab";
const id = "a".repeat(64);
const ours = deriveLinkKey(randomBytes(32), id);

const BEGIN = 40;
const GOAHEAD = 41;
const PEER_OK = 45;
const COMPLETE = 46;
const ABORT = 48;
/** With bytes that telnet has to say twice. */
const sequence = Buffer.from([1, 255, 240, 7]);

const echo: Serve = (channel) => {
  channel.once("data", (line: Buffer) => {
    channel.write(line);
    channel.pipe(channel, { end: false });
    channel.on("end", () => {
      channel.exit(0);
      channel.end();
    });
  });
};

describe("a VM that is moved to another host", () => {
  let lines: Lines;
  let listener: LineListener;
  let port: number;
  let source: SerialHost;
  let vm: LineGuest;
  let running: AgentCommand;
  let out: string;
  const hosts: SerialHost[] = [];

  const dial = (peer?: Buffer): SerialHost => {
    const host = new SerialHost({ port, uuid, ...(peer && { peer }) });
    hosts.push(host);
    return host;
  };

  beforeEach(async () => {
    const hostKey = () => vm.hostKey;
    lines = new Lines({
      log,
      identify: () => Promise.resolve({ hostKey: hostKey(), privateKey: ours.privateKey }),
    });
    listener = new LineListener({ lines, log, identifyVm: () => Promise.resolve(id) });
    ({ port } = await listener.listen("127.0.0.1", 0));
    source = dial();
    vm = new LineGuest(ours.authorizedKey, echo).listen(source);
    const agents = new AgentRouter(new Links(), lines);
    running = await agents.command(id, "attach", {}, AbortSignal.timeout(5_000));
    out = "";
    running.stdout.on("data", (data: Buffer) => (out += String(data)));
    running.stderr.resume();
  });

  afterEach(async () => {
    for (const host of hosts.splice(0)) host.destroy();
    lines.closeAll();
    await listener.close();
  });

  const heard = async (host: SerialHost, code: number): Promise<Buffer> => {
    await eventually(() => expect(host.heardOf(code)).toBeDefined());
    return host.heardOf(code) ?? Buffer.alloc(0);
  };
  const echoed = async (text: string) => {
    out = "";
    running.stdin.write(text);
    await eventually(() => expect(out).toBe(text));
  };
  /** The VM is at its new host from now on, serial port and all. */
  const move = (from: SerialHost, to: SerialHost) => {
    from.removeAllListeners("data");
    from.resume();
    vm.move(to);
  };

  it("is refused to a host that doesn't know the secret", async () => {
    source.say(BEGIN, sequence);
    const cookie = await heard(source, GOAHEAD);
    const liar = dial(Buffer.concat([sequence, Buffer.alloc(cookie.length - sequence.length)]));
    await liar.ended();
    expect(liar.heardOf(PEER_OK)).toBeUndefined();
    source.say(ABORT);
    await echoed("still here");
  });

  it("stays where it was when the move is given up, and gets what was held back", async () => {
    source.say(BEGIN, sequence);
    const cookie = await heard(source, GOAHEAD);
    running.stdin.write("held");
    const target = dial(cookie);
    await heard(target, PEER_OK);
    expect(out).toBe("");
    source.say(ABORT, sequence);
    await eventually(() => expect(out).toBe("held"));
    await target.ended();
  });

  it("ends what goes on over its line where it doesn't arrive anywhere", async () => {
    source.say(BEGIN, sequence);
    const cookie = await heard(source, GOAHEAD);
    const target = dial(cookie);
    await heard(target, PEER_OK);
    source.destroy();
    target.destroy();
    await expect(running.exited).rejects.toThrow("broke");
  });

  it("takes its line along: what goes on over it goes on, and nothing is lost", async () => {
    await echoed("before");
    source.say(BEGIN, sequence);
    const cookie = await heard(source, GOAHEAD);
    expect(cookie.subarray(0, sequence.length)).toEqual(sequence);
    const target = dial(cookie);
    await heard(target, PEER_OK);
    out = "";
    running.stdin.write("on the way");
    // Last words at the old host.
    vm.say("attach", "from the old host, ");
    move(source, target);
    target.say(COMPLETE, sequence);
    vm.say("attach", "from the new one, ");
    source.end(() => source.destroy());
    await eventually(() => expect(out).toBe("from the old host, from the new one, on the way"));
    await echoed("after");
    expect(vm.begun).toBe(1);
    running.stdin.end();
    expect(await running.exited).toBe(0);
  });

  it("keeps its link where somebody asks for something meanwhile, who waits", async () => {
    source.say(BEGIN, sequence);
    const cookie = await heard(source, GOAHEAD);
    const agents = new AgentRouter(new Links(), lines);
    const asked = agents.command(id, "attach", { c: 3 }, AbortSignal.timeout(20_000));
    asked.catch(() => {});
    await pause(5_000);
    const target = dial(cookie);
    await heard(target, PEER_OK);
    move(source, target);
    target.say(COMPLETE, sequence);
    source.destroy();
    expect((await asked).answer).toEqual({ c: 3 });
    await echoed("after");
    expect(vm.begun).toBe(1);
  });

  it("moves on once more", async () => {
    let from = source;
    for (let i = 0; i < 3; i++) {
      from.say(BEGIN, sequence);
      const target = dial(await heard(from, GOAHEAD));
      await heard(target, PEER_OK);
      move(from, target);
      target.say(COMPLETE, sequence);
      from.destroy();
      await echoed(`move ${i}`);
      from = target;
    }
    expect(vm.begun).toBe(1);
  });

  it("may come to a console that knew nothing of it: the line is taken as any", async () => {
    const other = new Lines({
      log,
      identify: () => Promise.resolve({ hostKey: vm.hostKey, privateKey: ours.privateKey }),
    });
    const otherListener = new LineListener({
      lines: other,
      log,
      identifyVm: () => Promise.resolve(id),
    });
    const at = await otherListener.listen("127.0.0.1", 0);
    try {
      source.say(BEGIN, sequence);
      const cookie = await heard(source, GOAHEAD);
      const target = new SerialHost({ port: at.port, uuid, peer: cookie });
      hosts.push(target);
      await heard(target, PEER_OK);
      move(source, target);
      target.say(COMPLETE, sequence);
      source.destroy();
      await expect(running.exited).rejects.toThrow("broke");
      const agents = new AgentRouter(new Links(), other);
      const again = await agents.command(id, "attach", { b: 2 }, AbortSignal.timeout(5_000));
      expect(again.answer).toEqual({ b: 2 });
    } finally {
      other.closeAll();
      await otherListener.close();
    }
  });
});
