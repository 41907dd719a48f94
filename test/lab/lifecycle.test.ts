import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ensureLabBinary } from "../../scripts/lab/binary.ts";

const run = promisify(execFile);

describe("a lab", () => {
  let binary: string;
  let roots: string[];
  beforeAll(async () => {
    binary = await ensureLabBinary();
  });
  beforeEach(async () => {
    roots = await Promise.all([0, 1].map(() => mkdtemp(path.join(tmpdir(), "vic-lab-"))));
  });
  afterEach(async () => {
    await Promise.all(roots.map((root) => lab(root, "down")));
    await Promise.all(roots.map((root) => rm(root, { recursive: true, force: true })));
  });

  const lab = (root: string, ...args: string[]) => run(binary, [...args, "--root", root]);
  const up = (root: string) => lab(root, "up", "--detach", "--only", "controlplane");
  const pid = async (root: string, role: string) =>
    Number(await readFile(path.join(root, ".lab/run", `${role}.pid`), "utf8"));
  const kubectl = (root: string, ...args: string[]) =>
    run("kubectl", ["--kubeconfig", path.join(root, ".lab/kubeconfig"), ...args]);

  /** Processes whose command line or environment names the directory. */
  async function processesOf(root: string): Promise<string[]> {
    const found: string[] = [];
    for (const entry of await readdir("/proc")) {
      if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
      const texts = await Promise.all(
        ["cmdline", "environ"].map((file) =>
          readFile(`/proc/${entry}/${file}`, "utf8").catch(() => ""),
        ),
      );
      if (texts.some((text) => text.includes(root))) found.push(texts[0] ?? entry);
    }
    return found;
  }

  it("refuses parts and guests that don't exist", async () => {
    const [root = ""] = roots;
    await expect(lab(root, "up", "--only", "everything")).rejects.toThrow(
      /controlplane, vcenter, registry/,
    );
    await expect(lab(root, "up", "--guests", "vmware")).rejects.toThrow(/qemu or simulated/);
    await expect(lab(root, "status")).rejects.toThrow(/no lab runs here/);
  });

  it("names the role that failed, with the end of its log", async () => {
    const [root = ""] = roots;
    await mkdir(path.join(root, ".lab"));
    await writeFile(path.join(root, ".lab/etcd"), "a file where a directory should be");
    const failure = await up(root).catch(
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    );
    expect(failure).toMatch(/etcd: ended \d times while starting/);
    expect(failure).toContain(path.join(root, ".lab/log/etcd.log"));
    expect(await processesOf(root)).toEqual([]);
  });

  it("leaves another one in peace", async () => {
    const [one = "", two = ""] = roots;
    await Promise.all([up(one), up(two)]);
    await kubectl(one, "create", "configmap", "only-in-one");
    await expect(kubectl(two, "get", "configmap", "only-in-one")).rejects.toThrow(/not found/);
    await lab(one, "down");
    expect(await processesOf(one)).toEqual([]);
    await kubectl(two, "get", "namespaces");
  });

  it("runs once per checkout", async () => {
    const [root = ""] = roots;
    await up(root);
    await expect(up(root)).rejects.toThrow(/a lab runs here already/);
    expect((await lab(root, "status")).stdout).toMatch(/apiserver +\d+/);
  });

  it("keeps its ports and its objects from one start to the next", async () => {
    const [root = ""] = roots;
    await up(root);
    await kubectl(root, "create", "configmap", "kept");
    const env = await readFile(path.join(root, ".lab/env"), "utf8");
    await lab(root, "down");
    await up(root);
    expect(await readFile(path.join(root, ".lab/env"), "utf8")).toBe(env);
    await kubectl(root, "get", "configmap", "kept");
  });

  it("goes down whole after its supervisor was killed", async () => {
    const [root = ""] = roots;
    await up(root);
    process.kill(await pid(root, "lab"), "SIGKILL");
    await lab(root, "down");
    expect(await processesOf(root)).toEqual([]);
    expect(await readdir(root)).toEqual([".lab"]);
  });

  it("starts again over what a killed supervisor left", async () => {
    const [root = ""] = roots;
    await up(root);
    process.kill(await pid(root, "lab"), "SIGKILL");
    await up(root);
    await kubectl(root, "get", "namespaces");
  });
});
