import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureLabBinary } from "../../scripts/lab/binary.ts";
import { followDocuments } from "../docs/on-a-lab.ts";

const run = promisify(execFile);
const checkout = path.resolve(import.meta.dirname, "../..");

/** What the README's first command gives: everything, with virtual machines that really boot. */
describe("a whole lab", () => {
  let binary: string;
  let root: string;
  let dir: string;
  let printed: string;

  const lab = (...args: string[]) => run(binary, [...args, "--root", root]);
  const kubectl = async (...args: string[]) =>
    (await run("kubectl", ["--kubeconfig", path.join(dir, "kubeconfig"), "-n", "team-a", ...args]))
      .stdout;
  const pid = async (role: string) =>
    Number(await readFile(path.join(dir, "run", `${role}.pid`), "utf8"));
  const exited = (name: string) =>
    kubectl("wait", `cvm/${name}`, "--for=jsonpath={.status.state}=Exited", "--timeout=240s");

  beforeAll(async () => {
    binary = await ensureLabBinary();
    if (!existsSync(path.join(checkout, ".lab/guest/vic.iso"))) {
      await run(process.execPath, [path.join(checkout, "scripts/guest.ts")]);
    }
    // Another checkout of the same sources, with a .lab/ of its own; only what is slow to make is shared.
    root = await mkdtemp(path.join(tmpdir(), "vic-lab-"));
    dir = path.join(root, ".lab");
    await mkdir(path.join(dir, "cache"), { recursive: true });
    for (const part of ["src", "manifests", "node_modules", "package.json", ".lab/guest"]) {
      // oxlint-disable-next-line no-await-in-loop
      await symlink(path.join(checkout, part), path.join(root, part));
    }
    if (existsSync(path.join(checkout, ".lab/cache/images"))) {
      await symlink(path.join(checkout, ".lab/cache/images"), path.join(dir, "cache/images"));
    }
    printed = (await lab("up", "--detach")).stdout;
  });
  afterAll(async () => {
    if (root === undefined) return;
    await lab("down");
    await rm(root, { recursive: true, force: true });
  });

  it("runs the sample's container as a process in a virtual machine", async () => {
    await kubectl("apply", "-f", path.join(checkout, "lab/sample/hello.yaml"));
    await exited("hello");
    expect(await kubectl("get", "cvm", "hello", "-o", "jsonpath={.status.exit.code}")).toBe("7");
    const logs: string[] = [];
    for await (const log of glob("vcenter/datastores/*/*/*.log", { cwd: dir })) {
      logs.push(await readFile(path.join(dir, log), "utf8"));
    }
    expect(logs.join("")).toMatch(/ stdout F hi\n/);
  });

  it("does what it prints, and what the documents say", async () => {
    await followDocuments({ dir, printed });
    expect((await lab("tree")).stdout).toMatch(
      /team-b\.team-b-bridge +\[DistributedVirtualPortgroup/,
    );
  });

  it("has the program that people use, once its environment is sourced", async () => {
    const bundle = '. "$0" && vic bundle team-a -n team-a -o "$1"';
    const args = [path.join(dir, "env"), path.join(root, "certificates")];
    expect((await run("bash", ["-c", bundle, ...args])).stdout).toContain("DOCKER_HOST=tcp://");
  });

  it("shows its inventory", async () => {
    expect((await lab("tree")).stdout).toMatch(/team-a\.team-a +\[VirtualApp/);
  });

  it("goes on when each of its processes was killed", async () => {
    const roles = [
      "etcd",
      "apiserver",
      "controllers",
      "registry",
      "vcenter",
      "console",
      "operator",
      "gateway",
    ];
    for (const role of roles) {
      // oxlint-disable-next-line no-await-in-loop
      process.kill(await pid(role), "SIGKILL");
    }
    const sample = await readFile(path.join(checkout, "lab/sample/hello.yaml"), "utf8");
    const again = path.join(root, "again.yaml");
    await writeFile(again, sample.replace("name: hello", "name: again"));
    await expect
      .poll(() => kubectl("apply", "-f", again).then(() => "applied", String), { timeout: 60_000 })
      .toBe("applied");
    await exited("again");
    // Not all of them were needed for that.
    const running = async (): Promise<string[]> => {
      const { stdout } = await lab("status");
      return roles.filter((role) => new RegExp(`^${role} +\\d+`, "m").test(stdout));
    };
    await expect.poll(running).toEqual(roles);
  });
});
