/**
 * npm run guest [-- --force]: builds .lab/guest/vic.iso, the one ISO that every VM boots from, without root, and
 * beside it the list of its parts. Does nothing if what it is made from is unchanged; --force builds it anew, with
 * the newest Debian packages.
 */
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildInitramfs, buildTether } from "./guest/initramfs.ts";
import { hashInputs } from "./guest/inputs.ts";
import { writeIso } from "./guest/iso.ts";
import { findKernel } from "./guest/kernel.ts";
import { unpackPackages } from "./guest/packages.ts";
import { writeParts } from "./guest/parts.ts";
import { checkPrograms } from "./guest/run.ts";

const root = join(import.meta.dirname, "..");
const out = join(root, ".lab/guest");
const iso = join(out, "vic.iso");
const stamp = join(out, "inputs.sha256");

async function isCurrent(inputs: string): Promise<boolean> {
  try {
    await stat(iso);
    return (await readFile(stamp, "utf8")) === inputs;
  } catch {
    return false;
  }
}

async function build(inputs: string): Promise<void> {
  await checkPrograms();
  await mkdir(out, { recursive: true });
  const work = await mkdtemp(join(out, "build-"));
  try {
    console.log("guest: Debian packages");
    const packages = join(work, "packages");
    const parts = await unpackPackages(join(root, ".lab/cache/deb"), packages);
    const kernel = await findKernel(packages);
    const epoch = Math.floor((await stat(kernel.image)).mtimeMs / 1000);
    console.log(`guest: tether and initramfs for Linux ${kernel.release}`);
    const tether = await buildTether(join(root, "guest"), work);
    const initramfs = await buildInitramfs(join(root, "guest"), work, {
      tether,
      kernel,
      packages,
      epoch,
    });
    console.log("guest: ISO");
    const contents = { packages, kernel: kernel.image, initramfs };
    await writeIso(join(work, "vic.iso"), work, contents, epoch);
    await writeParts(out, packages, parts, tether);
    await rename(join(work, "vic.iso"), iso);
    await writeFile(stamp, inputs);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

try {
  const inputs = await hashInputs(root);
  if (process.argv.includes("--force") || !(await isCurrent(inputs))) await build(inputs);
  console.log(iso);
} catch (error) {
  console.error(`guest: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
