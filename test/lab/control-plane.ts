import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { ensureLabBinary } from "../../scripts/lab/binary.ts";

/** A Kubernetes control plane of one test file's own: real etcd, API server, garbage collector. */
export interface ControlPlane {
  /** The administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Kubeconfigs with a role's rights: `vic-operator`, `vic-console`, `vic-gateway`, `tenant`. */
  readonly kubeconfigs: Readonly<Record<string, string>>;
  /** Kills `etcd`, `apiserver` or `controllers`; it starts again at once. */
  kill(role: string): Promise<void>;
  /** Ends it in order, and leaves what it has stored. Returns where: another one may start from there, or from a copy. */
  halt(): Promise<string>;
  /** Ends it; nothing of it is left. */
  stop(): Promise<void>;
}

/**
 * Starts one; it serves when this returns. It ends with this process, should `stop` not be called.
 *
 * @param stored what one before stored; it goes with this one
 */
export async function startControlPlane(stored?: string): Promise<ControlPlane> {
  const lab = await ensureLabBinary();
  const dir = stored ?? (await mkdtemp(path.join(tmpdir(), "vic-controlplane-")));
  const child = spawn(lab, ["controlplane", "--dir", dir], { stdio: ["pipe", "pipe", "inherit"] });
  const line = await firstLine(child);
  if (line === undefined) {
    await rm(dir, { recursive: true, force: true });
    throw new Error("the control plane ended before it served; its error is on stderr");
  }
  const end = async (): Promise<void> => {
    child.stdin?.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  const ready = JSON.parse(line) as Pick<ControlPlane, "kubeconfig" | "kubeconfigs">;
  return {
    ...ready,
    async kill(role) {
      process.kill(Number(await readFile(path.join(dir, "run", `${role}.pid`), "utf8")), "SIGKILL");
    },
    async halt() {
      await end();
      return dir;
    },
    async stop() {
      await end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The first line that the process prints, or undefined when it ends without one. */
async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) throw new Error("stdout isn't a pipe");
  for await (const line of createInterface({ input: child.stdout })) return line;
  return undefined;
}
