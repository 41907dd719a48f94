import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import type { ServerChannel } from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finish, type Serve, TestAgent } from "../../../test/consoles/agent.ts";
import { deriveLinkKey } from "../../api/link-key.ts";
import { ImageError, type Layer } from "../../oci/index.ts";
import type { Link } from "../links/link.ts";
import { Links } from "../links/links.ts";
import { AgentListener } from "../links/listener.ts";
import { type OpenLayer, unpack } from "./unpack.ts";

const guestId = "cd".repeat(32);
const key = deriveLinkKey(Buffer.alloc(32, 2), guestId);
const layer = (size: number): Layer => ({
  digest: `sha256:${"a".repeat(64)}`,
  diffId: `sha256:${"b".repeat(64)}`,
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  size,
});
const jobOf = (...layers: Layer[]) => ({ target: 3, format: true, layers });
const done = { done: true, usedBytes: 4096, layers: [{ files: 2 }] };
const MEBIBYTE = 2 ** 20;

/** A layer of so many bytes, and how much of it was taken. */
class Source {
  taken = 0;
  closed = false;

  readonly open: OpenLayer = async function* (this: Source, { size }: Layer, signal: AbortSignal) {
    try {
      for (; this.taken < size; this.taken += 65_536) {
        signal.throwIfAborted();
        yield Buffer.alloc(Math.min(65_536, size - this.taken));
      }
    } finally {
      this.closed = true;
    }
  }.bind(this);

  /** Resolves once nothing has been taken for a while, with the bytes taken. */
  async stalled(): Promise<number> {
    for (let before = -1; before !== this.taken || before === 0; await sleep(200))
      before = this.taken;
    return this.taken;
  }
}

describe("unpack", () => {
  const links = new Links();
  const signal = new AbortController().signal;
  let listener: AgentListener;
  let port: number;
  let agent: TestAgent;

  beforeEach(async () => {
    const identify = async () => ({ hostKey: agent.hostKey, privateKey: key.privateKey });
    listener = new AgentListener({ links, log: pino({ level: "silent" }), identify });
    ({ port } = await listener.listen("127.0.0.1", 0));
    agent = new TestAgent({ port });
  });

  afterEach(async () => {
    agent.socket.destroy();
    await listener.close();
  });

  /** A link to an agent that serves commands like this. */
  async function linked(run: Serve): Promise<Link> {
    const proven = new Promise((resolve) => links.onLinked(resolve));
    agent.serve(guestId, key.authorizedKey, run);
    await proven;
    const link = links.get(guestId);
    if (link === undefined) throw new Error("no link");
    return link;
  }

  it("sends the order and then the layers, and counts what the agent made of them", async () => {
    let received = "";
    const link = await linked((channel, command) => {
      received = `${command} `;
      channel.setEncoding("latin1").on("data", (text: string) => (received += text));
      channel.on("end", () => {
        channel.write('{"layer":0,"bytes":3}\n');
        finish(channel, done, 0);
      });
    });
    const job = jobOf(layer(3), layer(2));
    const open: OpenLayer = async function* ({ size }) {
      yield Buffer.alloc(size, "x");
    };
    expect(await unpack(link, job, open, signal)).toEqual({
      result: "Done",
      usedBytes: 4096,
      files: 2,
    });
    expect(received).toBe(`unpack ${JSON.stringify(job)}\nxxxxx`);
  });

  it("fails with the agent's reason where it gives up while layers are being streamed", async () => {
    const source = new Source();
    const link = await linked((channel) =>
      finish(channel, { error: { reason: "NoSpace", message: "the disk is full" } }, 1),
    );
    expect(await unpack(link, jobOf(layer(2 ** 40)), source.open, signal)).toEqual({
      result: "Failed",
      reason: "NoSpace",
      message: "the disk is full",
    });
    await expect.poll(() => source.closed).toBe(true);
  });

  it("throws where the agent dies while layers are being streamed, and while it is waited for", async () => {
    const streaming = await linked((channel) => channel.once("data", () => agent.socket.destroy()));
    await expect(
      unpack(streaming, jobOf(layer(2 ** 40)), new Source().open, signal),
    ).rejects.toThrow("link broke");

    agent = new TestAgent({ port });
    const waiting = await linked((channel) =>
      channel.resume().on("end", () => agent.socket.destroy()),
    );
    await expect(unpack(waiting, jobOf(), new Source().open, signal)).rejects.toThrow("link broke");
  });

  it.each<[string, Serve]>([
    [
      "an agent that calls the layer broken then",
      (channel) =>
        channel
          .resume()
          .on("end", () =>
            finish(channel, { error: { reason: "LayerCorrupt", message: "unexpected EOF" } }, 1),
          ),
    ],
    ["an agent that says nothing to it", () => {}],
  ])("throws the registry's error where that goes away, with %s", async (_, run) => {
    const cut = new ImageError("RegistryUnreachable", "cut off");
    const open: OpenLayer = async function* () {
      yield Buffer.alloc(5);
      throw cut;
    };
    const link = await linked(run);
    await expect(unpack(link, jobOf(layer(10)), open, signal)).rejects.toBe(cut);
  });

  it.each<[string, (channel: ServerChannel) => void]>([
    ["reads nothing", () => {}],
    [
      "promises to take gigabytes and reads nothing",
      (channel) => {
        const { _client, outgoing } = channel as unknown as {
          _client: { _protocol: { channelWindowAdjust(id: number, bytes: number): void } };
          outgoing: { id: number };
        };
        _client._protocol.channelWindowAdjust(outgoing.id, 2 ** 31 - 1);
        setImmediate(() => agent.socket.pause());
      },
    ],
  ])("holds little for an agent that %s", async (_, run) => {
    const source = new Source();
    const stopping = new AbortController();
    const job = jobOf(layer(1024 * MEBIBYTE));
    const unpacking = unpack(await linked(run), job, source.open, stopping.signal);
    unpacking.catch(() => {});
    expect(await source.stalled()).toBeLessThan(32 * MEBIBYTE);
    stopping.abort(new Error("enough"));
    await expect(unpacking).rejects.toThrow("enough");
    await expect.poll(() => source.closed).toBe(true);
  });

  it("minds no flood on the standard error", async () => {
    const link = await linked((channel) => {
      channel.resume().stderr.write(Buffer.alloc(8 * MEBIBYTE), () => finish(channel, done, 0));
    });
    expect(await unpack(link, jobOf(), new Source().open, signal)).toMatchObject({
      result: "Done",
    });
  });

  it("ends at once when the signal aborts while the agent takes its time", async () => {
    const stopping = new AbortController();
    const link = await linked((channel) =>
      channel.resume().on("end", () => stopping.abort(new Error("the process stops"))),
    );
    await expect(
      unpack(link, jobOf(layer(10)), new Source().open, stopping.signal),
    ).rejects.toThrow("the process stops");
    await expect(unpack(link, jobOf(), new Source().open, stopping.signal)).rejects.toThrow(
      "the process stops",
    );
  });

  it("gives an agent up that does nothing for too long", async () => {
    const link = await linked(() => {});
    await expect(unpack(link, jobOf(), new Source().open, signal, 50)).rejects.toThrow(
      "did nothing for 0.05 s",
    );
  });
});
