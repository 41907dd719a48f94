import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureSoftware } from "./software.ts";

/** What a command of docker has said and how it has ended. */
export interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  /** It is killed then: a command that hangs fails its test, and says which it was. */
  readonly timeoutMs?: number;
}

const COMMAND_TIMEOUT_MS = 120_000;

/** The docker command, aimed at one engine. */
export class DockerCommand {
  readonly program: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly #config: string;

  private constructor(program: string, environment: NodeJS.ProcessEnv, config: string) {
    this.program = program;
    this.environment = environment;
    this.#config = config;
  }

  /** `engine`: the variables that name it, such as DOCKER_HOST and DOCKER_CERT_PATH. */
  static async for(engine: Readonly<Record<string, string>>): Promise<DockerCommand> {
    const { docker } = await ensureSoftware();
    const config = await mkdtemp(path.join(tmpdir(), "vic-docker-config-"));
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("DOCKER_"));
    const environment = {
      ...Object.fromEntries(inherited),
      DOCKER_CONFIG: config,
      DOCKER_CLI_HINTS: "false",
      ...engine,
    };
    return new DockerCommand(docker, environment, config);
  }

  /** Runs it and gives all that it said; an exit status is no error here. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const child = spawn(this.program, args, {
      env: { ...this.environment, ...options.environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => stdout.push(data));
    child.stderr.on("data", (data: Buffer) => stderr.push(data));
    child.stdin.on("error", () => undefined); // it may not want its input
    child.stdin.end(options.input ?? "");
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, options.timeoutMs ?? COMMAND_TIMEOUT_MS);
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
      (resolve, reject) => {
        child.once("error", reject);
        child.once("close", (...how) => resolve(how));
      },
    );
    clearTimeout(timer);
    const outcome = {
      code: code ?? signal ?? "unknown",
      stdout: Buffer.concat(stdout).toString(),
      stderr: Buffer.concat(stderr).toString(),
    };
    if (late) throw new Error(`docker ${args.join(" ")} hangs: ${JSON.stringify(outcome)}`);
    return outcome;
  }

  /** Runs what has to succeed; gives its output without the last newline. */
  async get(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`docker ${args.join(" ")}: ${code}: ${stderr}`);
    return stdout.replace(/\n$/, "");
  }

  /** Removes what it has kept, such as logins. */
  async close(): Promise<void> {
    await rm(this.#config, { recursive: true, force: true });
  }
}
