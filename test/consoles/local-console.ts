// A console whose containers are processes of this machine: what the gateway needs of one, without VMs.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type Duplex, PassThrough, Readable } from "node:stream";
import {
  type AttachOptions,
  ConsoleError,
  type ConsoleClient,
  type ContainerAddress,
  type ExecSpec,
  type ExecState,
  type GuestProcess,
  type GuestStats,
  type ImageAddress,
  type ImageProgress,
  type LogOptions,
  type Session,
  type Size,
} from "../../src/console/client/console-client.ts";
import { type Exec, framesOf, LocalContainer, spawnExec } from "./local-container.ts";

/** The {@link ConsoleClient} of a test. `unavailable` makes it refuse everything, as when no console answers. */
export class LocalConsole implements ConsoleClient {
  readonly #containers = new Map<string, LocalContainer>();
  /** Streams that are open, so that a test sees whether they were closed. */
  readonly open = new Set<Session>();
  readonly #logStreams = new Set<Readable>();
  unavailable = false;
  /** How often it was asked then. */
  refusals = 0;

  /** How many logs are being followed. */
  get following(): number {
    return this.#logStreams.size;
  }

  samples: GuestStats[] = [];
  processes: GuestProcess[] = [];
  /** What pulls are told, by ContainerImage name. */
  readonly pulls = new Map<string, ImageProgress[]>();
  /** Of which images all of that was heard. */
  readonly progressed = new Set<string>();

  /** Starts a container's process, as its boot would. */
  start(id: string, ...args: string[]): ChildProcess {
    const container = this.#of(id);
    const child = spawn(args[0]!, args.slice(1), { stdio: "pipe" });
    container.process = child;
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (data: Buffer) =>
        container.log.push({ at: Date.now() / 1000, stream, data }),
      );
    }
    child.on("close", () => (container.process = undefined));
    for (const waiting of container.awaitingStart.splice(0)) waiting.emit("started", child);
    return child;
  }

  /** What a run before wrote; `at` in seconds since 1970. */
  write(id: string, stream: "stdout" | "stderr", text: string, at: number): void {
    this.#of(id).log.push({ at, stream, data: Buffer.from(text) });
  }

  exec(id: string, execId: string): Exec | undefined {
    return this.#of(id).execs.get(execId);
  }

  sizesOf = (id: string): readonly Size[] => this.#of(id).sizes;

  /** Breaks every stream, as when the console dies. */
  breakAll(): void {
    const streams = [...this.open].map(({ output }) => output);
    for (const stream of [...streams, ...this.#logStreams])
      stream.destroy(new Error("the console is gone"));
  }

  async attach(
    { id }: ContainerAddress,
    options: AttachOptions,
    signal?: AbortSignal,
  ): Promise<Session> {
    this.#check();
    const container = this.#of(id);
    const stdin = new PassThrough();
    const written = options.logs ? container.log.filter(({ stream }) => options[stream]) : [];
    const before = written.map(({ stream, data }) => ({ type: stream, data }));
    if (!options.stream) return this.#session(stdin, Readable.from(before), signal);
    const feed = (child: ChildProcess): Session => {
      if (options.stdin) stdin.pipe(child.stdin!);
      child.stdin!.on("error", () => undefined);
      return this.#session(stdin, framesOf(child, options, before), signal);
    };
    if (options.run === "current" && container.process) return feed(container.process);
    const output = new PassThrough({ objectMode: true });
    container.awaitingStart.push(
      stdin.on("started", (child: ChildProcess) => void feed(child).output.pipe(output)),
    );
    return this.#session(stdin, output, signal);
  }

  async logs({ id }: ContainerAddress, options: LogOptions): Promise<Readable> {
    this.#check();
    const { since = 0, until = Infinity, tail = Infinity } = options;
    const entries = this.#of(id)
      .log.filter(({ at, stream }) => options[stream] && at >= since && at <= until)
      .slice(tail === Infinity ? 0 : -tail || Infinity)
      .map(({ at, stream, data }) => {
        const time = options.timestamps ? `${new Date(at * 1000).toISOString()} ` : "";
        return { type: stream, data: Buffer.concat([Buffer.from(time), data]) };
      });
    const child = this.#of(id).process;
    if (!options.follow || !child) return Readable.from(entries);
    const stream = framesOf(child, options, entries);
    this.#logStreams.add(stream.once("close", () => this.#logStreams.delete(stream)));
    return stream;
  }

  async signal({ id }: ContainerAddress, name: string): Promise<void> {
    this.#check();
    this.#running(id).kill(`SIG${name.replace(/^SIG/, "")}` as NodeJS.Signals);
  }

  async stop({ id }: ContainerAddress): Promise<void> {
    this.#check();
    this.#running(id).kill();
  }

  async resize({ id }: ContainerAddress, size: Size): Promise<void> {
    this.#check();
    this.#of(id).sizes.push(size);
  }

  async createExec({ id }: ContainerAddress, spec: ExecSpec): Promise<string> {
    this.#check();
    this.#running(id);
    if (spec.user === "nosuchuser") {
      const message = "unable to find user nosuchuser: no matching entries in passwd file";
      throw new ConsoleError(400, "UserNotFound", message);
    }
    const execId = randomBytes(16).toString("hex") + id.slice(0, 32);
    this.#of(id).execs.set(execId, { spec });
    return execId;
  }

  async inspectExec({ id }: ContainerAddress, execId: string): Promise<ExecState> {
    this.#check();
    const { spec, process, exitCode } = this.#exec(id, execId);
    return {
      id: execId,
      spec,
      started: process !== undefined,
      running: process !== undefined && exitCode === undefined,
      ...(process?.pid === undefined ? {} : { pid: process.pid }),
      ...(exitCode === undefined ? {} : { exitCode }),
    };
  }

  async waitExec(container: ContainerAddress, execId: string): Promise<ExecState> {
    this.#check();
    const { process } = this.#exec(container.id, execId);
    if (process && process.exitCode === null && process.signalCode === null)
      await once(process, "close");
    return this.inspectExec(container, execId);
  }

  async startExec(
    { id }: ContainerAddress,
    execId: string,
    size?: Size,
    signal?: AbortSignal,
  ): Promise<Session> {
    this.#check();
    const exec = this.#exec(id, execId);
    if (exec.process) throw new ConsoleError(409, "Started", "it was started already");
    const child = await spawnExec(exec.spec);
    if (size) this.#of(id).sizes.push(size);
    exec.process = child;
    child.on("close", (code) => (exec.exitCode = code ?? 137));
    child.stdin.on("error", () => undefined);
    const stdin = new PassThrough();
    stdin.pipe(child.stdin);
    if (!exec.spec.stdin) stdin.end();
    const output = framesOf(child, { stdout: true, stderr: true }, [], true);
    return this.#session(stdin, output, signal);
  }

  async resizeExec({ id }: ContainerAddress, execId: string, size: Size): Promise<void> {
    this.#check();
    this.#exec(id, execId);
    this.#of(id).sizes.push(size);
  }

  async top({ id }: ContainerAddress): Promise<readonly GuestProcess[]> {
    this.#check();
    this.#running(id);
    return this.processes;
  }

  async stats({ id }: ContainerAddress): Promise<Readable> {
    this.#check();
    this.#running(id);
    return Readable.from(this.samples);
  }

  async progress({ name }: ImageAddress): Promise<Readable> {
    this.#check();
    const told = this.pulls.get(name) ?? [];
    this.pulls.delete(name);
    const stream = Readable.from(told);
    if (told.length > 0) stream.once("close", () => this.progressed.add(name));
    return stream;
  }

  async close(): Promise<void> {
    for (const { process, execs } of this.#containers.values()) {
      process?.kill("SIGKILL");
      for (const exec of execs.values()) exec.process?.kill("SIGKILL");
    }
  }

  #session(stdin: PassThrough, output: Readable, signal?: AbortSignal): Session {
    const close = (): void => {
      this.open.delete(session);
      output.on("error", () => undefined).destroy();
      stdin.destroy();
    };
    // Half of it is used: what is written.
    const session = { stdin: stdin as Duplex, output, resize: () => undefined, close };
    this.open.add(session);
    signal?.addEventListener("abort", close, { once: true });
    return session;
  }

  #of(id: string): LocalContainer {
    let container = this.#containers.get(id);
    if (container === undefined) this.#containers.set(id, (container = new LocalContainer()));
    return container;
  }

  #running(id: string): ChildProcess {
    const { process } = this.#of(id);
    if (process === undefined) throw new ConsoleError(409, "NotRunning", "it doesn't run");
    return process;
  }

  #exec(id: string, execId: string): Exec {
    const exec = this.#of(id).execs.get(execId);
    if (exec === undefined) throw new ConsoleError(404, "NotFound", "there is no such exec");
    return exec;
  }

  #check(): void {
    if (!this.unavailable) return;
    this.refusals++;
    throw new ConsoleError(503, "Unavailable", "connection refused");
  }
}
