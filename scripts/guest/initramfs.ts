import { join } from "node:path";
import type { Kernel } from "./kernel.ts";
import { run } from "./run.ts";

const libraries = "lib/x86_64-linux-gnu";

/** mke2fs and what it links, in Debian's packages; they keep their places in the initramfs, the loader aside. */
const mke2fs: readonly string[] = [
  "sbin/mke2fs",
  ...["libext2fs.so.2", "libe2p.so.2", "libcom_err.so.2", "libc.so.6"].map(
    (file) => `${libraries}/${file}`,
  ),
  ...["libuuid.so.1", "libblkid.so.1"].map((file) => `usr/${libraries}/${file}`),
];

const loader = "ld-linux-x86-64.so.2";

const goEnvironment = { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOARCH: "amd64" };

/** Builds the guest's program, static and without debug information. Returns its path. */
export async function buildTether(module: string, work: string): Promise<string> {
  const out = join(work, "tether");
  const args = [
    "build",
    "-trimpath",
    "-buildvcs=false",
    "-ldflags=-s -w -buildid=",
    "-o",
    out,
    "./cmd/tether",
  ];
  await run("go", args, { cwd: module, env: goEnvironment });
  return out;
}

/** What the initramfs is made of; `epoch`, in seconds, is the time of its files. */
export interface InitramfsContents {
  readonly tether: string;
  readonly kernel: Kernel;
  readonly packages: string;
  readonly epoch: number;
}

/** Writes the initramfs, uncompressed. Returns its path. */
export async function buildInitramfs(
  module: string,
  work: string,
  contents: InitramfsContents,
): Promise<string> {
  const out = join(work, "initramfs");
  const args = ["run", "-buildvcs=false", "./cmd/mkinitramfs", "-out", out];
  args.push("-init", contents.tether, "-mtime", String(contents.epoch));
  for (const file of contents.kernel.modules) args.push("-module", file);
  for (const path of mke2fs) args.push("-file", `${path}=${join(contents.packages, path)}`);
  args.push("-file", `lib64/${loader}=${join(contents.packages, libraries, loader)}`);
  await run("go", args, { cwd: module });
  return out;
}
