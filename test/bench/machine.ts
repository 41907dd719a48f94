import { execFile } from "node:child_process";
import os from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The machine on which figures were taken, in one line. */
export async function describeMachine(): Promise<string> {
  const { stdout } = await run("qemu-system-x86_64", ["--version"]).catch(() => ({ stdout: "" }));
  const qemu = /version (\S+)/.exec(stdout)?.[1] ?? "none";
  const cpus = os.cpus();
  return `${cpus.length} × ${cpus[0]?.model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Linux ${os.release()}, Node ${process.versions.node}, QEMU ${qemu}`;
}
