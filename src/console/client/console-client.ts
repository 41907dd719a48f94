import type { Readable, Writable } from "node:stream";

// What the gateway asks of the console (docs/console-api.md).

/** One container of one VirtualContainerHost; the console answers NotFound where the two don't belong together. */
export interface ContainerAddress {
  readonly namespace: string;
  /** Name of the VirtualContainerHost. */
  readonly host: string;
  /** 64 hex digits. */
  readonly id: string;
  /** The newest `resourceVersion` of the ContainerVM that whoever asks knows: the console answers by what is at least as new. */
  readonly seen?: string;
}

/** One image of one VirtualContainerHost. */
export interface ImageAddress {
  readonly namespace: string;
  readonly host: string;
  /** Name of the ContainerImage. */
  readonly name: string;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface AttachOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** What was written before comes first. */
  readonly logs: boolean;
  /** Go on with what is written from now on. */
  readonly stream: boolean;
  /** `next`: the next run that begins after now, from its first byte. */
  readonly run: "current" | "next";
}

export interface LogOptions {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly follow: boolean;
  /** Number of lines, or all. */
  readonly tail?: number;
  /** Seconds since 1970, with a fraction. */
  readonly since?: number;
  readonly until?: number;
  readonly timestamps: boolean;
}

export interface ExecSpec {
  readonly args: readonly string[];
  /** `NAME=value`, on top of the container's. */
  readonly env: readonly string[];
  /** Empty: the container's. */
  readonly cwd: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
}

export interface ExecState {
  readonly id: string;
  readonly running: boolean;
  readonly started: boolean;
  readonly pid?: number;
  readonly exitCode?: number;
  readonly spec: ExecSpec;
}

/** A piece of output, or how it ended. */
export type OutputFrame =
  | { readonly type: "stdout" | "stderr"; readonly data: Buffer }
  | { readonly type: "exit"; readonly exitCode: number }
  | { readonly type: "error"; readonly reason: string; readonly message: string };

/** Both ways with a process. */
export interface Session {
  /** Standard input: `end()` is its end, and leaves the output open. Waits (`drain`) for the guest's readiness. */
  readonly stdin: Writable;
  /** Object mode, {@link OutputFrame}s, ends after the last. Errors where the console or the connection is gone. */
  readonly output: Readable;
  resize(size: Size): void;
  /** Hangs up; the process goes on. */
  close(): void;
}

/** One process as the guest lists it. */
export interface GuestProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly user: string;
  readonly cpuPercent: number;
  readonly startedAt: string;
  readonly tty: string;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly vszBytes: number;
  readonly state: string;
  readonly nice: number;
  readonly args: readonly string[];
  readonly command: string;
}

/** One sample of what a container uses. */
export interface GuestStats {
  readonly at: string;
  readonly cpu: {
    readonly totalNs: number;
    readonly userNs: number;
    readonly systemNs: number;
    /** Of all CPUs of the VM together. */
    readonly machineNs: number;
    readonly online: number;
  };
  readonly memory: {
    readonly usageBytes: number;
    readonly limitBytes: number;
    readonly stats: Readonly<Record<string, number>>;
  };
  readonly pids: number;
  readonly networks: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly blkio: { readonly readBytes: number; readonly writeBytes: number };
}

/** How far an image's layers are. */
export interface ImageProgress {
  readonly layers: readonly {
    readonly digest: string;
    readonly state: "Waiting" | "Downloading" | "Unpacked";
    readonly bytes: number;
    readonly size: number;
  }[];
}

/** A refusal by the console, or by the guest through it. */
export class ConsoleError extends Error {
  override readonly name = "ConsoleError";
  /** HTTP status: 400, 404, 409, 502, 503. */
  readonly status: number;
  /** `NotFound`, `NotRunning`, `NoTerminal`, `NoLine`, `EntrypointNotFound` … */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/**
 * The console as the gateway sees it. Every call rejects with {@link ConsoleError} where it is refused; 503 `Unavailable` where no
 * console answers.
 */
export interface ConsoleClient {
  attach(
    container: ContainerAddress,
    options: AttachOptions,
    signal?: AbortSignal,
  ): Promise<Session>;
  logs(container: ContainerAddress, options: LogOptions, signal?: AbortSignal): Promise<Readable>;
  signal(container: ContainerAddress, signalName: string): Promise<void>;
  stop(
    container: ContainerAddress,
    options: { readonly signal?: string; readonly timeoutSeconds?: number },
  ): Promise<void>;
  resize(container: ContainerAddress, size: Size): Promise<void>;
  createExec(container: ContainerAddress, spec: ExecSpec): Promise<string>;
  inspectExec(container: ContainerAddress, execId: string): Promise<ExecState>;
  /** How it is once it has ended. Fails where the way to the guest breaks: it may be asked again. */
  waitExec(container: ContainerAddress, execId: string, signal: AbortSignal): Promise<ExecState>;
  startExec(
    container: ContainerAddress,
    execId: string,
    size?: Size,
    signal?: AbortSignal,
  ): Promise<Session>;
  resizeExec(container: ContainerAddress, execId: string, size: Size): Promise<void>;
  top(container: ContainerAddress): Promise<readonly GuestProcess[]>;
  /** Object mode, {@link GuestStats}, one per second with `stream`, else one. */
  stats(container: ContainerAddress, stream: boolean, signal?: AbortSignal): Promise<Readable>;
  /** Object mode, {@link ImageProgress}; ends when the image needs no more work, or nothing is known of it. */
  progress(image: ImageAddress, signal?: AbortSignal): Promise<Readable>;
  close(): Promise<void>;
}
