import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Serve } from "../../../test/consoles/agent.ts";
import { eventually } from "../../../test/eventually.ts";
import { LineGuest } from "../../../test/consoles/line-guest.ts";
import { SerialHost } from "../../../test/consoles/serial-host.ts";
import { deriveLinkKey } from "../../api/link-key.ts";
import { ConsoleError } from "../client/console-client.ts";
import { Links } from "../links/links.ts";
import { AgentRouter } from "../sessions/agent-router.ts";
import type { AgentCommand } from "../sessions/agents.ts";
import { encodeOption, encodeSubnegotiation } from "../vspc/telnet.ts";
import { LineListener } from "./line-listener.ts";
import { Lines } from "./lines.ts";

const EXT = 232;
const log = pino({ level: "silent" });
const [good, hostile] = ["a".repeat(64), "b".repeat(64)];
const uuids: Readonly<Record<string, string>> = {
  "502a0c11-8f00-4b7a-9d3e-0123456789ab": good,
  "502a0c11-8f00-4b7a-9d3e-00000000dead": hostile,
};
const ours = deriveLinkKey(randomBytes(32), good);
const strangers = deriveLinkKey(randomBytes(32), "a host key that nobody has").authorizedKey;

const echo: Serve = (channel) => {
  channel.once("data", (line: Buffer) => {
    channel.write(line);
    channel.pipe(channel, { end: false });
  });
};

const blob = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const uuid = fc.constantFrom(...Object.keys(uuids)).map((text) => Buffer.from(text));
const say = (code: number, rest: Buffer): Buffer =>
  encodeSubnegotiation(EXT, Buffer.concat([Buffer.of(code), rest]));

/** What a guest, or whoever says that he is a host, may send. */
const word = fc.oneof(
  blob,
  uuid.map((text) => say(80, text)),
  fc
    .tuple(fc.constantFrom(0, 1, 2, 40, 44, 46, 48, 70, 80, 82, 99), blob)
    .map(([c, b]) => say(c, b)),
  fc
    .tuple(fc.constantFrom("will", "wont", "do", "dont" as const), fc.nat(255))
    .map(([v, option]) => encodeOption(v, option)),
  fc
    .constantFrom("SSH-2.0-x\r\n", "SSH-2.0-", "\r", "\n~vic-line/1 ")
    .map((text) => Buffer.from(text)),
  // SSH's packets: a length, what is no padding, what is no message.
  fc.tuple(fc.nat(40_000), blob).map(([length, rest]) => {
    const packet = Buffer.alloc(5);
    packet.writeUInt32BE(length);
    return Buffer.concat([packet, rest]);
  }),
  fc.nat(200_000).map((size) => Buffer.alloc(size, "flood")),
);

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of buffers that somebody holds. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

describe("whatever comes over one VM's line", () => {
  let lines: Lines;
  let listener: LineListener;
  let port: number;
  let agents: AgentRouter;
  let host: SerialHost;
  let running: AgentCommand;
  let heard = "";
  const begun: LineGuest[] = [];

  beforeAll(async () => {
    lines = new Lines({
      log,
      identify: (id) =>
        Promise.resolve({
          hostKey: id === good ? (begun[0]?.hostKey ?? "") : strangers,
          privateKey: ours.privateKey,
        }),
    });
    listener = new LineListener({
      lines,
      log,
      identifyVm: (said) =>
        uuids[said] === undefined
          ? Promise.reject(new Error("unknown"))
          : Promise.resolve(uuids[said]),
    });
    ({ port } = await listener.listen("127.0.0.1", 0));
    agents = new AgentRouter(new Links(), lines);
    host = new SerialHost({ port, uuid: Object.keys(uuids)[0]! });
    begun.push(new LineGuest(ours.authorizedKey, echo).listen(host));
    running = await agents.command(good, "attach", {}, AbortSignal.timeout(10_000));
    running.stderr.resume();
    running.stdout.on("data", (data: Buffer) => (heard += String(data)));
  });
  afterAll(async () => {
    host.destroy();
    lines.closeAll();
    await listener.close();
  });

  /** A stranger's connection; he repeats what he is told where he is to look like a guest that is spoken to. */
  async function stranger(): Promise<Socket> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }).on("error", () => {});
    await once(socket, "connect");
    socket.on("data", (data: Buffer) => {
      const [, nonce] = /~vic-line\/1 ([0-9a-f]{32})/.exec(data.toString("latin1")) ?? [];
      if (nonce !== undefined) socket.write(`\n~vic-line/1 ready ${nonce}\n`);
    });
    return socket;
  }

  const goodEchoes = async (text: string): Promise<void> => {
    heard = "";
    running.stdin.write(text);
    await eventually(() => expect(heard).toBe(text));
  };

  it("ends nothing but that VM's own, and says so to who asks for it", async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), fc.boolean(), async (words, isKnown) => {
        const socket = await stranger();
        if (isKnown) socket.write(say(80, Buffer.from(Object.keys(uuids)[1]!)));
        const asked = agents.command(hostile, "attach", {}, AbortSignal.timeout(150)).then(
          () => "answered",
          (error: unknown) => error,
        );
        for (const each of words) if (!socket.destroyed) socket.write(each);
        expect(await asked).toBeInstanceOf(ConsoleError);
        socket.destroy();
        await goodEchoes(`round ${round++}`);
      }),
      { numRuns: 60 },
    );
    expect(begun[0]?.begun).toBe(1);
  }, 120_000);

  it("stays where it is: what isn't read is not held", async () => {
    const sockets = await Promise.all(Array.from({ length: 4 }, stranger));
    const before = heldBytes();
    for (const socket of sockets) {
      socket.write(say(80, Buffer.from(Object.keys(uuids)[1]!)));
      for (let i = 0; i < 8; i++) socket.write(Buffer.alloc(1 << 20, "x"));
    }
    await agents.command(hostile, "attach", {}, AbortSignal.timeout(1_000)).catch(() => {});
    // What the senders, which are in this process too, still hold is theirs. Garbage may need a turn of the loop to be such.
    await eventually(() => {
      const unsent = sockets.reduce((sum, socket) => sum + socket.writableLength, 0);
      expect(heldBytes() - before - unsent).toBeLessThan(4 << 20);
    });
    for (const socket of sockets) socket.destroy();
    await goodEchoes("still here");
  });
});
