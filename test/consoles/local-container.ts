// Containers whose processes are this machine's: what runs in them, and what they write.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";
import {
  ConsoleError,
  type ExecSpec,
  type OutputFrame,
  type Size,
} from "../../src/console/client/console-client.ts";

interface LogEntry {
  readonly at: number;
  readonly stream: "stdout" | "stderr";
  readonly data: Buffer;
}

export interface Exec {
  readonly spec: ExecSpec;
  process?: ChildProcess;
  exitCode?: number;
}

/** One container: what runs, what it wrote. */
export class LocalContainer {
  readonly log: LogEntry[] = [];
  readonly execs = new Map<string, Exec>();
  readonly sizes: Size[] = [];
  readonly awaitingStart: PassThrough[] = [];
  process: ChildProcess | undefined;
}

/** Starts an exec's process. Throws as the console does where there is no such program. */
export async function spawnExec({
  args,
  cwd,
  env,
}: ExecSpec): Promise<ChildProcessWithoutNullStreams> {
  const variables = env.map((each) => each.split(/=(.*)/s, 2) as [string, string]);
  const child = spawn(args[0]!, args.slice(1), {
    stdio: "pipe",
    ...(cwd === "" ? {} : { cwd }),
    env: { ...process.env, ...Object.fromEntries(variables) },
  });
  try {
    await once(child, "spawn");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const program = `exec: ${JSON.stringify(args[0])}`;
    throw missing
      ? new ConsoleError(
          400,
          "EntrypointNotFound",
          `${program}: executable file not found in $PATH`,
        )
      : new ConsoleError(400, "EntrypointNotExecutable", `${program}: permission denied`);
  }
  return child;
}

/** A process's output as frames, no faster than they are read. */
export function framesOf(
  child: ChildProcess,
  wanted: { readonly stdout: boolean; readonly stderr: boolean },
  before: readonly OutputFrame[],
  withExit = false,
): Readable {
  const output = new PassThrough({ objectMode: true, highWaterMark: 16 });
  for (const frame of before) output.write(frame);
  for (const stream of ["stdout", "stderr"] as const) {
    const from = child[stream]!;
    from.on("data", (data: Buffer) => {
      if (!wanted[stream] || output.destroyed || output.write({ type: stream, data })) return;
      from.pause();
      output.once("drain", () => from.resume()).once("close", () => from.resume());
    });
  }
  child.on("close", (code) => {
    if (withExit) output.write({ type: "exit", exitCode: code ?? 137 });
    output.end();
  });
  return output;
}
