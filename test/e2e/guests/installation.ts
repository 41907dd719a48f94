import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { eventually } from "./eventually.ts";
import { ensureLabBinary } from "../../../scripts/lab/binary.ts";

const run = promisify(execFile);
const MAX_OUTPUT = 64 << 20;
const checkout = path.resolve(import.meta.dirname, "../../..");

/** A VM as the vCenter knows it; `pid` is its QEMU's. */
export interface LabVm {
  readonly name: string;
  readonly moref: string;
  readonly power: string;
  readonly pid?: number;
  readonly guest: {
    readonly toolsRunning?: boolean;
    readonly hostName?: string;
    readonly ipAddress?: string;
  };
}

/**
 * All that `npm run lab` starts, in a directory of its own: VMs that boot, the real console and
 * operator, each with the rights of its role and no more.
 */
export class Installation {
  readonly #root: string;
  readonly #binary: string;
  readonly environment: Readonly<Record<string, string>>;

  private constructor(root: string, binary: string, environment: Record<string, string>) {
    this.#root = root;
    this.#binary = binary;
    this.environment = environment;
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
    const text = await readFile(path.join(root, ".lab/env"), "utf8");
    const lines = text.matchAll(/^export (\w+)='(.*)'$/gm);
    const environment = Object.fromEntries(
      [...lines].map(([, name = "", value = ""]) => [name, value] as const),
    );
    return new Installation(root, binary, environment);
  }

  /** Runs kubectl as the administrator, or as another user of the lab. */
  async kubectl(args: readonly string[], input?: object, user?: string): Promise<string> {
    const kubeconfig = user
      ? path.join(this.#root, ".lab/kubeconfigs", user)
      : (this.environment["KUBECONFIG"] ?? "");
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

  /** What the lab's own control answers. */
  async order(method: string, target: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.environment["LAB_CONTROL"]}${target}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    const json = response.headers.get("content-type")?.includes("json") === true && text !== "";
    return json ? (JSON.parse(text) as unknown) : text;
  }

  async vms(): Promise<LabVm[]> {
    return ((await this.order("GET", "/vms")) as { vms: LabVm[] }).vms;
  }

  async tree(): Promise<string> {
    return (await this.order("GET", "/tree")) as string;
  }

  /** What the lab's program prints for a subcommand. */
  async lab(...args: string[]): Promise<string> {
    return (await run(this.#binary, args, { maxBuffer: MAX_OUTPUT })).stdout;
  }

  /** Directory of the images that the registry serves. */
  get images(): string {
    return path.join(this.#root, ".lab/cache/images");
  }

  /** Where a datastore's files are on this machine. */
  datastore(name: string): string {
    return path.join(this.#root, ".lab/vcenter/datastores", name);
  }

  /** Process of a role. */
  async pid(role: string): Promise<number> {
    return Number(await readFile(path.join(this.#root, ".lab/run", `${role}.pid`), "utf8"));
  }

  /** What a role has logged. */
  logOf(role: string): Promise<string> {
    return readFile(path.join(this.#root, ".lab/log", `${role}.log`), "utf8");
  }

  /** Kills a role's process, which the lab starts again; one that is being started is waited for. */
  async kill(role: string): Promise<void> {
    const pid = await eventually(
      `a process of ${role}`,
      () => this.pid(role),
      (found) => found > 0,
    );
    process.kill(pid, "SIGKILL");
  }

  async stop(): Promise<void> {
    await run(this.#binary, ["down", "--root", this.#root]);
    await rm(this.#root, { recursive: true, force: true });
  }
}
