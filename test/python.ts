import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const cache = path.resolve(import.meta.dirname, "../.lab/cache");

/** A Python interpreter that has a package of PyPI's; the first use installs it into the lab's cache, however many come at once. */
export async function pythonWith(name: string, version: string): Promise<string> {
  const venv = path.join(cache, `${name}-${version}`);
  const interpreter = path.join(venv, "bin/python");
  if (existsSync(interpreter)) return interpreter;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(`${venv}.`);
  try {
    // Without pip of its own a venv also works where Debian's python3-venv is missing.
    await run("python3", ["-m", "venv", "--without-pip", making]);
    const into = ["-m", "pip", "--python", path.join(making, "bin/python")];
    await run("python3", [...into, "install", "--quiet", `${name}==${version}`]);
    await rename(making, venv);
  } catch (error) {
    await rm(making, { recursive: true });
    // Somebody else was faster.
    if (!existsSync(interpreter)) throw error;
  }
  return interpreter;
}

/** VMware's own client; as in lab/vcenter/pyvmomi_test.go. */
export const pythonWithPyVmomi = (): Promise<string> => pythonWith("pyvmomi", "9.1.1.0");
