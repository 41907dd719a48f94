import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ensureLabBinary } from "../../../scripts/lab/binary.ts";
import { RunningLab } from "../running-lab.ts";

const run = promisify(execFile);
const MAX_OUTPUT = 64 << 20;
const checkout = path.resolve(import.meta.dirname, "../../..");

/**
 * All that `npm run lab` starts, in a directory of its own: VMs that boot, the real console and
 * operator, each with the rights of its role and no more.
 */
export class Installation extends RunningLab {
  readonly #binary: string;

  private constructor(root: string, binary: string, environment: Record<string, string>) {
    super(root, environment);
    this.#binary = binary;
  }

  /** @param flags of `lab up`, beside its own */
  static async start(...flags: string[]): Promise<Installation> {
    const binary = await ensureLabBinary();
    // Does nothing where the ISO is of these sources.
    await run(process.execPath, [path.join(checkout, "scripts/guest.ts")]);
    // Another checkout of the same sources; only what is slow to make is shared.
    const root = await mkdtemp(path.join(tmpdir(), "vic-guests-"));
    await mkdir(path.join(root, ".lab"));
    await mkdir(path.join(checkout, ".lab/cache"), { recursive: true });
    for (const part of [
      "src",
      "manifests",
      "node_modules",
      "package.json",
      ".lab/guest",
      ".lab/cache",
    ])
      await symlink(path.join(checkout, part), path.join(root, part));
    try {
      await run(binary, ["up", "--detach", "--root", root, ...flags]);
    } catch (error) {
      await run(binary, ["down", "--root", root]).catch(() => undefined);
      await rm(root, { recursive: true, force: true });
      throw error;
    }
    return new Installation(root, binary, await RunningLab.environmentOf(root));
  }

  /** Runs kubectl as the administrator, or as another user of the lab. */
  async kubectl(args: readonly string[], input?: object, user?: string): Promise<string> {
    const kubeconfig = user ? path.join(this.root, ".lab/kubeconfigs", user) : this.kubeconfig;
    const child = spawn("kubectl", ["--kubeconfig", kubeconfig, ...args]);
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ? JSON.stringify(input) : "");
    const output: string[] = [];
    const complaints: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => complaints.push(text));
    const code = await new Promise((resolve, reject) => {
      child.once("close", resolve).once("error", reject);
    });
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${complaints.join("")}`);
    return output.join("");
  }

  /** Applies objects as a person would, with `kubectl apply -f`. */
  async apply(...items: object[]): Promise<void> {
    await this.kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  }

  /** What the lab's program prints for a subcommand. */
  async lab(...args: string[]): Promise<string> {
    return (await run(this.#binary, args, { maxBuffer: MAX_OUTPUT })).stdout;
  }

  /** Directory of the images that the registry serves. */
  get images(): string {
    return path.join(this.root, ".lab/cache/images");
  }

  async stop(): Promise<void> {
    await run(this.#binary, ["down", "--root", this.root]);
    await rm(this.root, { recursive: true, force: true });
  }
}
