import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * The modules that a guest may need, those they depend on included: the devices of a VM on vSphere, and the
 * virtio ports that stand in for VMware's backdoor elsewhere. Some kernels have some of them built in.
 */
const moduleNames: readonly string[] = [
  "crc32c_generic",
  "scsi_common",
  "scsi_mod",
  "sd_mod",
  "vmw_pvscsi",
  "vmxnet3",
  "virtio",
  "virtio_ring",
  "virtio_pci_modern_dev",
  "virtio_pci_legacy_dev",
  "virtio_pci",
  "virtio_console",
  "ext4",
];

/** A kernel as its package unpacks. */
export interface Kernel {
  readonly release: string;
  readonly image: string;
  readonly modules: readonly string[];
}

/** Finds kernel and modules under an unpacked package; a module that is neither there nor built in is an error. */
export async function findKernel(root: string): Promise<Kernel> {
  const [release] = await readdir(join(root, "lib/modules"));
  if (release === undefined) throw new Error(`no kernel modules under ${root}`);
  const directory = join(root, "lib/modules", release);
  const builtIn = new Set(
    (await readFile(join(directory, "modules.builtin"), "utf8")).split("\n").map(moduleName),
  );
  const files = new Map<string, string>();
  for (const file of await readdir(directory, { recursive: true })) {
    if (file.endsWith(".ko")) files.set(moduleName(file), join(directory, file));
  }
  const modules: string[] = [];
  for (const name of moduleNames) {
    const file = files.get(name);
    if (file !== undefined) modules.push(file);
    else if (!builtIn.has(name)) throw new Error(`kernel ${release} has no module ${name}`);
  }
  return { release, image: join(root, "boot", `vmlinuz-${release}`), modules };
}

function moduleName(file: string): string {
  return basename(file, ".ko").replaceAll("-", "_");
}
