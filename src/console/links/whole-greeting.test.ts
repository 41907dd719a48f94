import { once } from "node:events";
import { Duplex, duplexPair, PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import ssh2 from "ssh2";
import { describe, expect, it } from "vitest";
import { acceptKey, finish } from "../../../test/consoles/agent.ts";
import { deriveLinkKey } from "../../api/link-key.ts";
import { Link } from "./link.ts";
import { WholeGreeting } from "./whole-greeting.ts";

const key = deriveLinkKey(Buffer.alloc(32, 1), "a");
const host = deriveLinkKey(Buffer.alloc(32, 2), "b");

/** What comes of these pieces. */
async function received(...pieces: string[]): Promise<string[]> {
  const inner = new PassThrough();
  const whole = new WholeGreeting(inner);
  const got: string[] = [];
  whole.on("data", (data: Buffer) => got.push(String(data)));
  for (const piece of pieces) {
    inner.write(piece);
    await turn(); // oxlint-disable-line no-await-in-loop -- one after the other
  }
  return got;
}

describe("a connection with a whole greeting", () => {
  it("doesn't hold what is no greeting for ever", async () => {
    expect(await received("x".repeat(8000), "y".repeat(193))).toHaveLength(1);
  });

  it("ends with what it carries, and is broken with it", async () => {
    const inner = new PassThrough();
    const whole = new WholeGreeting(inner);
    inner.destroy(new Error("broken"));
    await expect(once(whole, "end")).rejects.toThrow("broken");
    expect(new WholeGreeting(inner).destroyed).toBe(true);
    const ending = new PassThrough();
    const end = once(new WholeGreeting(ending).resume(), "end");
    ending.end();
    await end;
  });

  it.each([
    [
      ["SSH-2.0-x\r\n", "\0"],
      ["SSH-2.0-x\r\n", "\0"],
    ],
    [
      ["S", "SH-2.", "0-x\r", "\n", "\0", "\0"],
      ["SSH-2.0-x\r\n", "\0", "\0"],
    ],
    [["hello\nSS", "H-2.0-x\r\n\0"], ["hello\nSSH-2.0-x\r\n\0"]],
  ])("gives %j as %j", async (pieces, expected) => {
    expect(await received(...pieces)).toEqual(expected);
  });

  it("proves an agent whose bytes come one by one, whatever way they come", async () => {
    const [near, far] = duplexPair();
    new ssh2.Server({ hostKeys: [host.privateKey] })
      .on("connection", (connection) =>
        acceptKey(connection, key.authorizedKey, (channel) => finish(channel, {}, 5)),
      )
      .injectSocket(far as never);
    const identity = { hostKey: host.authorizedKey, privateKey: key.privateKey };
    const link = await Link.prove("a", new Trickle(near), identity, 10_000, 0);
    const command = await link.start("ping");
    command.stream.resume();
    expect(await command.exited).toBe(5);
    link.close();
  });
});

/** A connection whose bytes come one by one. */
class Trickle extends Duplex {
  readonly #connection: Duplex;
  constructor(connection: Duplex) {
    super();
    this.#connection = connection;
    connection.on("data", (data: Buffer) => {
      for (const byte of data) this.push(Buffer.of(byte));
    });
  }
  override _read(): void {}
  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
    // In a turn of its own, as on a network: ssh2 doesn't expect an answer while it is still speaking.
    setImmediate(() => this.#connection.write(chunk, encoding, done));
  }
}
