import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const cache = path.resolve(import.meta.dirname, "../.lab/cache");

/** Of VMware's own client, from PyPI; as in lab/vcenter/pyvmomi_test.go. */
const VERSION = "9.1.1.0";

/** A Python interpreter that has pyVmomi; the first use installs it into the lab's cache. */
export async function pythonWithPyVmomi(): Promise<string> {
  const venv = path.join(cache, `pyvmomi-${VERSION}`);
  const python = path.join(venv, "bin/python");
  try {
    await run(python, ["-c", "import pyVmomi"]);
  } catch {
    await mkdir(cache, { recursive: true });
    // Without pip of its own a venv also works where Debian's python3-venv is missing.
    await run("python3", ["-m", "venv", "--without-pip", "--clear", venv]);
    const install = ["--python", python, "install", "--quiet", `pyvmomi==${VERSION}`];
    await run("python3", ["-m", "pip", ...install]);
  }
  return python;
}
