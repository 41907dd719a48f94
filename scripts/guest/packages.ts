import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";

/** A Debian package that stands on the ISO, and the licence of the parts taken from it. */
export interface Part {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly use: string;
}

const kernelMetaPackage = "linux-image-cloud-amd64";

const parts: readonly Omit<Part, "version">[] = [
  { name: "isolinux", licence: "GPL-2.0-or-later", use: "boot loader" },
  { name: "syslinux-common", licence: "GPL-2.0-or-later", use: "boot loader's ldlinux.c32" },
  { name: "e2fsprogs", licence: "GPL-2.0-only", use: "mke2fs, for a worker" },
  { name: "libext2fs2", licence: "LGPL-2.0-only", use: "library of mke2fs (libext2fs, libe2p)" },
  { name: "libcom-err2", licence: "MIT", use: "library of mke2fs" },
  { name: "libblkid1", licence: "LGPL-2.1-or-later", use: "library of mke2fs" },
  { name: "libuuid1", licence: "BSD-3-Clause", use: "library of mke2fs" },
  { name: "libc6", licence: "LGPL-2.1-or-later", use: "library of mke2fs" },
];

/**
 * Downloads the Debian packages of the guest into `cache` (what is there already isn't fetched again)
 * and unpacks them into `root`. Needs no root, only apt's package lists.
 */
export async function unpackPackages(cache: string, root: string): Promise<readonly Part[]> {
  await mkdir(cache, { recursive: true });
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  const kernel = await kernelPackage();
  const wanted = [
    { name: kernel, licence: "GPL-2.0-only", use: "kernel and its modules" },
    ...parts,
  ];
  const unpacked: Part[] = [];
  for (const part of wanted) {
    const version = await candidate(part.name);
    const file = await download(cache, part.name, version);
    await run("dpkg", ["-x", join(cache, file), root]);
    unpacked.push({ ...part, version });
  }
  return unpacked;
}

/** The meta package names the present kernel in its dependencies. */
async function kernelPackage(): Promise<string> {
  const show = await run("apt-cache", ["show", "--no-all-versions", kernelMetaPackage]);
  const found = /^Depends:.*?\b(linux-image-[\w.-]+-cloud-amd64)\b/m.exec(show)?.[1];
  if (found === undefined)
    throw new Error(`${kernelMetaPackage} names no kernel; try: apt-get update`);
  return found;
}

async function candidate(name: string): Promise<string> {
  const policy = await run("apt-cache", ["policy", name]);
  const version = /^\s*Candidate: (\S+)$/m.exec(policy)?.[1];
  if (version === undefined || version === "(none)") {
    throw new Error(`apt knows no package ${name}; try: apt-get update`);
  }
  return version;
}

/** Downloads beside the cache and moves there what is whole: an interrupted download leaves nothing that looks finished. */
async function download(cache: string, name: string, version: string): Promise<string> {
  const prefix = `${name}_${version.replaceAll(":", "%3a")}_`;
  const find = async (directory: string) =>
    (await readdir(directory)).find((file) => file.startsWith(prefix) && file.endsWith(".deb"));
  const present = await find(cache);
  if (present !== undefined) return present;
  const work = await mkdtemp(join(cache, "download-"));
  try {
    await run("apt-get", ["download", "-q", `${name}=${version}`], { cwd: work });
    const fetched = await find(work);
    if (fetched === undefined) throw new Error(`apt-get download ${name} left no ${prefix}*.deb`);
    await rename(join(work, fetched), join(cache, fetched));
    return fetched;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
