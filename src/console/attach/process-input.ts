import { Writable } from "node:stream";
import type { Size } from "../client/console-client.ts";
import type { AgentCommand } from "../sessions/agents.ts";

/** What waits here for a line, or for a process that doesn't read. */
const MAX_HELD = 1024 * 1024;

/** The channel that input goes to for now: one after the other, as lines come and go. */
type Channel = Pick<AgentCommand, "stdin" | "setWindow">;

/**
 * Input on its way to a process: waits for a line and for the process's reading, with back-pressure. After the process's end, or
 * where it has no input, it is dropped.
 */
export class ProcessInput {
  /** Its end is the process's end of input. */
  readonly stream: Writable;
  #channel: Channel | undefined;
  #size: Size | undefined;
  #isDropped: boolean;
  #isUsed = false;
  #wake = (): void => {};

  /** @param isDropped whether the process has no input */
  constructor(isDropped: boolean) {
    this.#isDropped = isDropped;
    this.stream = new Writable({
      highWaterMark: MAX_HELD,
      write: (chunk: Buffer, _encoding, done) => void this.#send(chunk).then(() => done()),
      final: (done) =>
        void this.#connected().then((channel) => {
          channel?.stdin.end();
          done();
        }),
    });
    this.stream.on("error", () => {});
  }

  /** Whether a guest is to be asked for its process's input. */
  get isWanted(): boolean {
    return !this.#isDropped && !this.stream.writableFinished;
  }

  /** Whether something went to the present channel, or to one before: it can't be told whether it arrived where the channel broke. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** From now on input goes there. */
  connect(channel: Channel): void {
    this.#channel = channel;
    // What became of a write is told by how the command ends.
    channel.stdin.on("error", () => {});
    if (this.#size) channel.setWindow(this.#size);
    this.#wake();
  }

  disconnect(): void {
    this.#channel = undefined;
    this.#wake();
  }

  /** The terminal's size, of this channel and those after it. */
  resize(size: Size): void {
    this.#size = size;
    this.#channel?.setWindow(size);
  }

  /** Nobody will read any more. */
  drop(): void {
    this.#isDropped = true;
    this.disconnect();
  }

  async #send(chunk: Buffer): Promise<void> {
    const channel = await this.#connected();
    if (channel === undefined) return;
    this.#isUsed = true;
    const { stdin } = channel;
    if (stdin.destroyed || stdin.writableEnded || stdin.write(chunk)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stdin.off("drain", done).off("close", done);
        this.#wake = () => {};
        resolve();
      };
      stdin.on("drain", done).on("close", done);
      this.#wake = () => {
        if (this.#channel !== channel) done();
      };
    });
  }

  /** The channel, as soon as there is one; nothing where input is dropped. */
  async #connected(): Promise<Channel | undefined> {
    while (this.#channel === undefined && !this.#isDropped)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#isDropped ? undefined : this.#channel;
  }
}
