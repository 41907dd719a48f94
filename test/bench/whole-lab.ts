import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ensureLabBinary } from "../../scripts/lab/binary.ts";
import { createKubeClient } from "../../src/kube/http-client.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";

const run = promisify(execFile);
const checkout = path.resolve(import.meta.dirname, "../..");

/** What `npm run lab` gives, in a directory of its own: virtual machines boot. */
export class WholeLab {
  readonly #root: string;
  readonly binary: string;
  readonly client: KubeClient;

  private constructor(root: string, binary: string, client: KubeClient) {
    this.#root = root;
    this.binary = binary;
    this.client = client;
  }

  static async start(): Promise<WholeLab> {
    const binary = await ensureLabBinary();
    if (!existsSync(path.join(checkout, ".lab/guest/vic.iso")))
      await run(process.execPath, [path.join(checkout, "scripts/guest.ts")]);
    const root = await mkdtemp(path.join(tmpdir(), "vic-bench-"));
    const dir = path.join(root, ".lab");
    try {
      await mkdir(dir);
      await mkdir(path.join(checkout, ".lab/cache"), { recursive: true });
      // Another checkout of the same sources with a .lab/ of its own; what is slow to make is shared.
      const parts = [
        "src",
        "manifests",
        "node_modules",
        "package.json",
        ".lab/guest",
        ".lab/cache",
      ];
      await Promise.all(
        parts.map((part) => symlink(path.join(checkout, part), path.join(root, part))),
      );
      await run(binary, ["up", "--detach", "--root", root]);
      const access = await loadKubeconfig(path.join(dir, "kubeconfig"));
      return new WholeLab(root, binary, createKubeClient(access, "bench"));
    } catch (error) {
      await run(binary, ["down", "--root", root]);
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  /** A file of the lab's own directory. */
  file(...names: string[]): string {
    return path.join(this.#root, ".lab", ...names);
  }

  /** Where the sample's containers keep their files: a directory named like each. */
  container(id: string, file: string): string {
    return this.file("vcenter/datastores/ssd-1", id, file);
  }

  /** Process ids of the virtual machines. */
  async pids(): Promise<number[]> {
    const control = /LAB_CONTROL='(.*)'/.exec(await readFile(this.file("env"), "utf8"))?.[1];
    const response = await fetch(`${control}/vms`);
    const { vms } = (await response.json()) as { vms: { pid?: number }[] };
    return vms.flatMap(({ pid }) => pid ?? []);
  }

  async kubectl(...args: string[]): Promise<string> {
    return (await run("kubectl", ["--kubeconfig", this.file("kubeconfig"), ...args])).stdout;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await run(this.binary, ["down", "--root", this.#root]);
    await rm(this.#root, { recursive: true, force: true });
  }
}
