// A container as the console sees it from three sides: its resource, its log file and its agent (docs/guest-protocol.md), in memory
// and with every trouble on demand. What the agent holds is little, what the file shows may lag, lines break.
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import type { ContainerVM, ContainerVMStatus } from "../../src/api/containervm.gen.ts";
import { ContainerChanges } from "../../src/console/runs/container-changes.ts";
import type { LogFile } from "../../src/console/logs/log-file.ts";
import type { AgentCommand, Agents } from "../../src/console/sessions/agents.ts";
import type { StreamDependencies } from "../../src/console/logs/stream-dependencies.ts";
import { ConsoleError } from "../../src/console/client/console-client.ts";

type Output = "stdout" | "stderr";
const MAX_CONTENT = 16 * 1024;

/** One stream: all its bytes, of which the newest are held. */
class ModelStream {
  bytes = Buffer.alloc(0);
  ended = false;
  readonly changed = new EventEmitter().setMaxListeners(0);
  append(data: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, data]);
    this.changed.emit("change");
  }
  end(): void {
    this.ended = true;
    this.changed.emit("change");
  }
}

export interface ModelOptions {
  /** Bytes of each stream that the agent holds. */
  readonly held: number;
  readonly tty?: boolean;
  readonly openStdin?: boolean;
}

export class ModelContainer implements Agents {
  readonly held: number;
  /** Everything that was written to the log. */
  log = Buffer.alloc(0);
  /** How much of it the file shows; all where it is undefined. */
  visible: number | undefined;
  /** What the process was given. */
  readonly input: Buffer[] = [];
  inputEnded = false;
  sizes: unknown[] = [];
  /** How often a command was asked for. */
  asked = 0;
  /** Whether a line leads to it. */
  lined = true;
  exists = true;
  /** Whether its log can be read. */
  readable = true;
  run = 0;
  streams = { stdout: new ModelStream(), stderr: new ModelStream(), log: new ModelStream() };
  #time = Date.parse("2026-11-22T14:00:00Z");
  #rest: Record<Output, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  readonly #lines = new EventEmitter().setMaxListeners(0);
  readonly #handlers = new Set<() => void>();
  #object: ContainerVM | undefined;

  constructor({ held, tty = false, openStdin = true }: ModelOptions) {
    this.held = held;
    this.#object = {
      metadata: { namespace: "team", name: "web", uid: "uid-1" },
      spec: { hostRef: { name: "host" }, image: "busybox", tty, openStdin },
      status: { id: "c".repeat(64), state: "Created" },
    } as unknown as ContainerVM;
  }

  get object(): ContainerVM {
    return this.#object!;
  }

  get deps(): StreamDependencies {
    const source = {
      store: { get: () => this.#object },
      addHandler: (handler: { update?: (now: ContainerVM, old: ContainerVM) => void }) => {
        const tell = (): void => handler.update?.(this.#last, this.#last);
        this.#handlers.add(tell);
        return () => this.#handlers.delete(tell);
      },
    };
    const file: LogFile = {
      size: async () => {
        this.#demandReadable();
        return Promise.resolve(this.exists ? this.#shown.length : undefined);
      },
      read: (start, end) => this.#read(start, end),
    };
    return {
      agents: this,
      containers: new ContainerChanges(source),
      logFiles: { of: () => file, close: () => Promise.resolve() },
    };
  }

  #last!: ContainerVM;

  status(status: Partial<ContainerVMStatus>): void {
    this.#object = { ...this.object, status: { ...this.object.status, ...status } };
    this.#tell();
  }

  remove(): void {
    this.#last = this.object;
    this.#object = undefined;
    for (const handler of this.#handlers) handler();
  }

  #tell(): void {
    this.#last = this.object;
    for (const handler of this.#handlers) handler();
  }

  get #shown(): Buffer {
    return this.log.subarray(0, this.visible);
  }

  #demandReadable(): void {
    if (!this.readable) throw new ConsoleError(503, "LogUnavailable", "locked");
  }

  async *#read(start: number, end: number | undefined): AsyncGenerator<Buffer> {
    this.#demandReadable();
    if (!this.exists) return;
    const bytes = this.#shown.subarray(start, end);
    for (let at = 0; at < bytes.length; at += 777)
      yield Promise.resolve(Buffer.from(bytes.subarray(at, at + 777)));
  }

  /** A boot, up to the process's start. @param isBroken whether the former run hasn't told its end, for all that the guest knows */
  begin(isBroken = false): void {
    this.run++;
    if (isBroken) this.log = Buffer.concat([this.log, Buffer.from("\n")]);
    this.streams = { stdout: new ModelStream(), stderr: new ModelStream(), log: new ModelStream() };
    this.#rest = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    this.inputEnded = false;
    this.logLine("vic", Buffer.from(`{"run":${this.run}}\n`));
  }

  /** The news that it runs. */
  tellRunning(): void {
    const status = { ...this.object.status, state: "Running", run: this.run } as ContainerVMStatus;
    delete (status as { exit?: unknown }).exit;
    this.#object = { ...this.object, status };
    this.#tell();
  }

  write(stream: Output, text: string | Buffer): void {
    const data = Buffer.from(text as string);
    this.streams[stream].append(data);
    let rest = Buffer.concat([this.#rest[stream], data]);
    for (;;) {
      const newline = rest.indexOf(10);
      const length = newline < 0 ? rest.length : newline + 1;
      if (newline < 0 && length < MAX_CONTENT) break;
      const cut = Math.min(length, MAX_CONTENT);
      this.logLine(stream, rest.subarray(0, cut));
      rest = rest.subarray(cut);
    }
    this.#rest[stream] = rest;
  }

  logLine(stream: string, content: Buffer): void {
    const time = new Date((this.#time += 7)).toISOString().replace("Z", "000001Z");
    const isFull = content.at(-1) === 10;
    const line = Buffer.concat([
      Buffer.from(`${time} ${stream} ${isFull ? "F" : "P"} `),
      content,
      Buffer.from(isFull ? "" : "\n"),
    ]);
    this.log = Buffer.concat([this.log, line]);
    this.streams.log.append(line);
  }

  /** The process's end, the log's, and that of the streams; then the power is off. */
  exit(exitCode: number): void {
    for (const stream of ["stdout", "stderr"] as const)
      if (this.#rest[stream].length > 0) this.logLine(stream, this.#rest[stream]);
    this.logLine("vic", Buffer.from(`{"run":${this.run},"exitCode":${exitCode}}\n`));
    for (const stream of Object.values(this.streams)) stream.end();
  }

  /** The power is cut, with this much of the log written. */
  cutPower(bytes: number): void {
    this.log = this.log.subarray(0, bytes);
    for (const stream of Object.values(this.streams)) stream.end();
  }

  /** The news of the end. @param reason `PoweredOff` where the guest couldn't tell itself */
  tellExited(code: number, reason = "Completed"): void {
    this.cut();
    this.status({ state: "Exited", run: this.run, exit: { code, reason } });
  }

  /** Breaks every line. */
  cut(): void {
    this.#lines.emit("cut");
  }

  isLined(): boolean {
    return this.lined;
  }
  onLined(): () => void {
    return () => {};
  }

  async command(
    _guestId: string,
    name: string,
    params: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<AgentCommand> {
    this.asked++;
    while (!this.lined) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    signal.throwIfAborted();
    const asked = params["from"] as Record<string, number> | number | undefined;
    const sources: readonly ModelStream[] =
      name === "log" ? [this.streams.log] : [this.streams.stdout, this.streams.stderr];
    const wanted =
      name === "log" ? [asked as number] : [pick(asked, "stdout"), pick(asked, "stderr")];
    const at = sources.map(({ bytes }, i) =>
      Math.min(Math.max(wanted[i] ?? bytes.length, bytes.length - this.held), bytes.length),
    );
    const outputs = sources.map(() => new PassThrough({ highWaterMark: 256 }));
    if (name !== "attach" && name !== "log") throw new ConsoleError(502, "AgentFailed", name);
    const stdin = new PassThrough();
    stdin.on("data", (data: Buffer) => this.input.push(data));
    stdin.on("end", () => (this.inputEnded = true));
    const answer =
      name === "log"
        ? { run: this.run, from: at[0] }
        : { run: this.run, from: { stdout: at[0], stderr: at[1] } };
    const ending = Promise.withResolvers<number>();
    ending.promise.catch(() => {});
    const close = (): void => {
      this.#lines.off("cut", close);
      for (const output of outputs) output.destroy();
      stdin.destroy();
      ending.reject(new Error("broken"));
    };
    this.#lines.on("cut", close);
    void this.#pump(sources, at, outputs).then((status) => {
      if (outputs.some((output) => output.destroyed)) return;
      for (const output of outputs) output.end();
      ending.resolve(status);
    });
    return Promise.resolve({
      answer,
      stdin,
      stdout: outputs[0]!,
      stderr: outputs[1] ?? new PassThrough().end(),
      exited: ending.promise,
      setWindow: (size) => this.sizes.push(size),
      close,
    });
  }

  async #pump(
    sources: readonly ModelStream[],
    at: number[],
    outputs: PassThrough[],
  ): Promise<number> {
    for (;;) {
      let open = false;
      let moved = false;
      for (const [i, { bytes, ended }] of sources.entries()) {
        const from = at[i]!;
        const output = outputs[i]!;
        if (output.destroyed) return 1;
        if (from < bytes.length - this.held) return 3;
        const piece = bytes.subarray(from, from + 100);
        if (piece.length > 0) {
          at[i] = from + piece.length;
          moved = true;
          if (!output.write(Buffer.from(piece)))
            await new Promise<void>((resolve) => {
              output.once("drain", resolve).once("close", resolve);
            });
        }
        open ||= !ended || at[i]! < bytes.length;
      }
      if (!open) return 0;
      if (moved) continue;
      await new Promise<void>((resolve) => {
        for (const { changed } of sources) changed.once("change", resolve);
        for (const output of outputs) output.once("close", resolve);
      });
    }
  }
}

const pick = (
  from: Record<string, number> | number | undefined,
  name: string,
): number | undefined => (typeof from === "object" ? from[name] : undefined);
