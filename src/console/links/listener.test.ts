import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Serve, TestAgent } from "../../../test/consoles/agent.ts";
import { deriveLinkKey } from "../../api/link-key.ts";
import type { LinkIdentity } from "./link.ts";
import { Links } from "./links.ts";
import { AgentListener } from "./listener.ts";

const guestId = "ab".repeat(32);
const secret = Buffer.alloc(32, 1);

const echo: Serve = (channel, command) => {
  channel.write(`did ${command}`);
  channel.exit(3);
  channel.end();
};

describe("AgentListener", () => {
  const key = deriveLinkKey(secret, guestId);
  const links = new Links();
  const agents: TestAgent[] = [];
  let listener: AgentListener;
  let port: number;
  let known: Map<string, LinkIdentity>;

  beforeEach(async () => {
    known = new Map();
    const identify = async (id: string) => {
      const identity = known.get(id);
      if (identity === undefined) throw new Error(`guest ${id} is unknown`);
      return identity;
    };
    listener = new AgentListener({ links, log: pino({ level: "silent" }), identify });
    ({ port } = await listener.listen("127.0.0.1", 0));
  });

  afterEach(async () => {
    for (const agent of agents.splice(0)) agent.socket.destroy();
    links.closeAll();
    await listener.close();
  });

  function dial(localAddress = "127.0.0.1"): TestAgent {
    const agent = new TestAgent({ port, localAddress });
    agents.push(agent);
    return agent;
  }

  const serve = (agent: TestAgent, authorizedKey = key.authorizedKey) =>
    agent.serve(guestId, authorizedKey, echo);

  it.each(["GET / HTTP/1.1\r\n\r\n", `vic-agent/1 ${"x".repeat(64)}\n`, "a".repeat(200)])(
    "cuts off who begins with %j",
    async (hello) => {
      const agent = dial();
      agent.socket.resume().write(hello);
      await agent.ended();
      expect(agent.socket.bytesRead).toBe(0);
    },
  );

  it("cuts off a guest that nobody knows", async () => {
    await serve(dial()).ended();
    expect(links.get(guestId)).toBeUndefined();
  });

  it("cuts off a guest with another host key than the one read from vSphere", async () => {
    known.set(guestId, {
      hostKey: deriveLinkKey(secret, "another host").authorizedKey,
      privateKey: key.privateKey,
    });
    await serve(dial()).ended();
    expect(links.get(guestId)).toBeUndefined();
  });

  it("is refused by a guest that expects another console", async () => {
    const agent = dial();
    known.set(guestId, { hostKey: agent.hostKey, privateKey: key.privateKey });
    await serve(agent, deriveLinkKey(secret, "other").authorizedKey).ended();
    expect(links.get(guestId)).toBeUndefined();
  });

  it("links a proven guest and runs commands in it", async () => {
    const agent = dial();
    known.set(guestId, { hostKey: agent.hostKey, privateKey: key.privateKey });
    const linked = new Promise((resolve) => links.onLinked(resolve));
    serve(agent);
    expect(await linked).toBe(guestId);

    const command = await links.get(guestId)?.start("ping");
    command?.stream.end();
    const output = await command?.stream.setEncoding("utf8").toArray();
    expect([output?.join(""), await command?.exited]).toEqual(["did ping", 3]);
  });

  it("forgets a guest whose connection ends, and tells the command that ran", async () => {
    const agent = dial();
    known.set(guestId, { hostKey: agent.hostKey, privateKey: key.privateKey });
    const linked = new Promise((resolve) => links.onLinked(resolve));
    serve(agent);
    await linked;
    const link = links.get(guestId);
    const closed = new Promise<void>((resolve) => link?.onClose(resolve));
    agent.socket.destroy();
    await closed;
    expect(links.get(guestId)).toBeUndefined();
  });

  it.each(["127.0.0.1", "127.0.0.2"])(
    "links a guest at %s beside a crowd at 127.0.0.1 that calls and says nothing",
    async (address) => {
      const crowd = Array.from({ length: 300 }, () => dial());
      await Promise.race(crowd.map((each) => each.ended())); // the oldest give way
      const agent = dial(address);
      known.set(guestId, { hostKey: agent.hostKey, privateKey: key.privateKey });
      const linked = new Promise((resolve) => links.onLinked(resolve));
      serve(agent);
      expect(await linked).toBe(guestId);
      const open = crowd.filter((each) => !each.socket.destroyed).length;
      expect(open).toBeLessThanOrEqual(256);
    },
  );

  it("cuts off a crowd of which each says it is somebody, and stops asking who", async () => {
    const asked: AbortSignal[] = [];
    const patient = new AgentListener({
      links,
      log: pino({ level: "silent" }),
      identify: (_id, signal) => {
        asked.push(signal);
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      },
    });
    ({ port } = await patient.listen("127.0.0.1", 0));
    const crowd = Array.from({ length: 300 }, () => serve(dial()));
    await expect.poll(() => asked.filter(({ aborted }) => aborted).length).toBe(300 - 256);
    await patient.close();
    await Promise.all(crowd.map((each) => each.ended()));
    expect(asked.filter(({ aborted }) => !aborted)).toEqual([]);
  });
});
