import { connect, type Socket } from "node:net";
import { pino } from "pino";
import ssh2 from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deriveLinkKey } from "../../api/link-key.ts";
import type { LinkIdentity } from "./link.ts";
import { Links } from "./links.ts";
import { AgentListener } from "./listener.ts";

const guestId = "ab".repeat(32);
const secret = Buffer.alloc(32, 1);

/** An agent as the guest is one: dials, says who it is, then is the SSH server of that connection. */
class Agent {
  readonly hostKey: string;
  readonly socket: Socket;
  private readonly hostPrivateKey: string;

  constructor(port: number) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    this.hostPrivateKey = pair.private;
    this.hostKey = pair.public;
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
  }

  serve(authorizedKey: string, hello = `vic-agent/1 ${guestId}\n`): this {
    this.socket.write(hello);
    const server = new ssh2.Server({ hostKeys: [this.hostPrivateKey] });
    server.on("connection", (connection) => {
      connection
        .on("error", () => {})
        .on("authentication", (context) => {
          const offered =
            context.method === "publickey"
              ? `ssh-ed25519 ${context.key.data.toString("base64")}`
              : "";
          if (context.username === "vic" && offered === authorizedKey) context.accept();
          else context.reject(["publickey"]);
        })
        .on("session", (accept) => {
          accept().on("exec", (acceptExec, _reject, { command }) => {
            const stream = acceptExec();
            stream.write(`did ${command}`);
            stream.exit(3);
            stream.end();
          });
        });
    });
    server.injectSocket(this.socket);
    return this;
  }
}

describe("AgentListener", () => {
  const key = deriveLinkKey(secret, guestId);
  const links = new Links();
  const agents: Agent[] = [];
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

  function dial(): Agent {
    const agent = new Agent(port);
    agents.push(agent);
    return agent;
  }

  const refused = (agent: Agent) =>
    new Promise<void>((resolve) => agent.socket.once("close", () => resolve()));

  it.each(["GET / HTTP/1.1\r\n\r\n", `vic-agent/1 ${"x".repeat(64)}\n`, "a".repeat(200)])(
    "cuts off who begins with %j",
    async (hello) => {
      const agent = dial();
      agent.socket.resume().write(hello);
      await refused(agent);
    },
  );

  it("cuts off a guest that nobody knows", async () => {
    await refused(dial().serve(key.authorizedKey));
    expect(links.get(guestId)).toBeUndefined();
  });

  it("cuts off a guest with another host key than the one read from vSphere", async () => {
    known.set(guestId, {
      hostKey: ssh2.utils.generateKeyPairSync("ed25519").public,
      privateKey: key.privateKey,
    });
    await refused(dial().serve(key.authorizedKey));
    expect(links.get(guestId)).toBeUndefined();
  });

  it("is refused by a guest that expects another console", async () => {
    const agent = dial();
    known.set(guestId, { hostKey: agent.hostKey, privateKey: key.privateKey });
    await refused(agent.serve(deriveLinkKey(secret, "other").authorizedKey));
    expect(links.get(guestId)).toBeUndefined();
  });

  it("links a proven guest and runs commands in it", async () => {
    const agent = dial();
    known.set(guestId, { hostKey: agent.hostKey, privateKey: key.privateKey });
    const linked = new Promise((resolve) => links.onLinked(resolve));
    agent.serve(key.authorizedKey);
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
    agent.serve(key.authorizedKey);
    await linked;
    const link = links.get(guestId);
    const closed = new Promise<void>((resolve) => link?.onClose(resolve));
    agent.socket.destroy();
    await closed;
    expect(links.get(guestId)).toBeUndefined();
  });
});
