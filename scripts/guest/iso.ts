import { copyFile, mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { run } from "./run.ts";

/**
 * The kernel's command line. ttyS0 and ttyS1 are left to the guest (link and log); ttyS2 is for a person who debugs.
 * A kernel that panics restarts the VM after a second rather than hang. Self-tests of ciphers cost a third of a second.
 */
const commandLine =
  "console=ttyS2,115200n8 quiet loglevel=4 panic=1 random.trust_cpu=on cryptomgr.notests audit=0";

const bootConfig = `DEFAULT vic
PROMPT 0
TIMEOUT 0
LABEL vic
  KERNEL /boot/vmlinuz
  INITRD /boot/initrd
  APPEND ${commandLine}
`;

/** What goes on the ISO. */
export interface IsoContents {
  readonly packages: string;
  readonly kernel: string;
  readonly initramfs: string;
}

/** Writes a bootable ISO (BIOS, El Torito, isolinux). `epoch`, in seconds, is the time of everything in it. */
export async function writeIso(
  out: string,
  work: string,
  contents: IsoContents,
  epoch: number,
): Promise<void> {
  const tree = join(work, "iso");
  await mkdir(join(tree, "isolinux"), { recursive: true });
  await mkdir(join(tree, "boot"), { recursive: true });
  await copyFile(
    join(contents.packages, "usr/lib/ISOLINUX/isolinux.bin"),
    join(tree, "isolinux/isolinux.bin"),
  );
  await copyFile(
    join(contents.packages, "usr/lib/syslinux/modules/bios/ldlinux.c32"),
    join(tree, "isolinux/ldlinux.c32"),
  );
  await writeFile(join(tree, "isolinux/isolinux.cfg"), bootConfig);
  await copyFile(contents.kernel, join(tree, "boot/vmlinuz"));
  await writeFile(join(tree, "boot/initrd"), await compress(contents.initramfs));
  for (const entry of await readdir(tree, { recursive: true }))
    await utimes(join(tree, entry), epoch, epoch);
  await utimes(tree, epoch, epoch);
  const args = ["-as", "mkisofs", "-quiet", "-V", "VIC_GUEST", "-o", out, "-J", "-R", "-r"];
  args.push("-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat");
  args.push("-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", tree);
  await run("xorriso", args, { env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) } });
}

async function compress(file: string): Promise<Buffer> {
  const level = { [constants.ZSTD_c_compressionLevel]: 19 };
  return promisify(zstdCompress)(await readFile(file), { params: level });
}
