import { Writable } from "node:stream";
import { ConsoleError } from "../client/console-client.ts";
import type { Lines } from "../lines/lines.ts";
import type { Link, LinkCommand } from "../links/link.ts";
import type { Links } from "../links/links.ts";
import type { AgentCommand, Agents } from "./agents.ts";
import { readAnswer, refusal } from "./answer.ts";

/** The agents in guests, over whatever way there is to each: the network where it dialled in, else its serial line. */
export class AgentRouter implements Agents {
  readonly #links: Links;
  readonly #lines: Lines;

  constructor(links: Links, lines: Lines) {
    this.#links = links;
    this.#lines = lines;
  }

  isLined(guestId: string): boolean {
    return this.#links.get(guestId) !== undefined || this.#lines.has(guestId);
  }

  onLined(listener: (guestId: string) => void): () => void {
    const stops = [this.#links.onLinked(listener), this.#lines.onLined(listener)];
    return () => stops.forEach((stop) => stop());
  }

  async command(
    guestId: string,
    name: string,
    params: object,
    signal: AbortSignal,
  ): Promise<AgentCommand> {
    const link = this.#links.get(guestId) ?? (await this.#lines.link(guestId, signal));
    try {
      return await run(link, name, params, signal);
    } catch (error) {
      if (error instanceof ConsoleError) throw error;
      throw new ConsoleError(502, "AgentFailed", `${name}: ${(error as Error).message}`);
    }
  }
}

async function run(
  link: Link,
  name: string,
  params: object,
  signal: AbortSignal,
): Promise<AgentCommand> {
  const command = await link.start(name, signal);
  const { stream, exited } = command;
  stream.on("error", () => {}); // `exited` tells
  try {
    await command.write(`${JSON.stringify(params)}\n`, signal);
    const answer = await readAnswer(stream, signal);
    const refused = refusal(answer);
    if (refused !== undefined) throw refused;
    return {
      answer,
      stdin: input(command),
      stdout: stream,
      stderr: stream.stderr,
      exited,
      setWindow: ({ width, height }) => stream.setWindow(height, width, 0, 0),
      close: () => void stream.destroy(),
    };
  } catch (error) {
    stream.resume();
    stream.stderr.resume();
    stream.destroy();
    throw error;
  }
}

/** A command's input as a stream that waits for the guest and for the way to it. */
function input(command: LinkCommand): Writable {
  const ended = new AbortController();
  const { stream } = command;
  const writable = new Writable({
    highWaterMark: 64 * 1024,
    write(chunk: Buffer, _encoding, done) {
      command
        .write(chunk, ended.signal)
        .then((taken) => done(taken ? null : new Error("the command takes no more input")), done);
    },
    final(done) {
      if (stream.writable) stream.end();
      done();
    },
    destroy(error, done) {
      ended.abort();
      done(error);
    },
  });
  writable.on("error", () => {}); // a process that reads no more is no failure of whoever writes
  stream.once("close", () => writable.destroy());
  return writable;
}
