import { createHash } from "node:crypto";

/** One layer of an image, as manifest and config name it. */
export interface Layer {
  /** Digest of the compressed blob. */
  readonly digest: string;
  /** Digest of the tar inside it. */
  readonly diffId: string;
  readonly mediaType: string;
  /** Bytes of the compressed blob. */
  readonly size: number;
}

/** One VMDK of an image: the layers written into it, on top of its parent's. */
export interface ChainDisk {
  /** Hex digits of the chain id of the top layer in it; the disk's name everywhere. */
  readonly chainId: string;
  /** Chain id of the disk below; none for the first. */
  readonly parent?: string;
  readonly layers: readonly Layer[];
}

/** Disks of an image at most; the container's own is the eighth. vSphere supports 32 (vSphere Storage, "Virtual Disk Chains"). */
export const MAX_IMAGE_DISKS = 7;

/**
 * A disk of fewer compressed bytes takes the next layer too: attaching a disk costs about as much as unpacking this much,
 * and unpacking it again where it isn't shared costs no more.
 */
const MIN_DISK_BYTES = 16 * 1024 * 1024;

/** The tar of nothing: two blocks of zeros. Builders write it for instructions that change no file. */
const EMPTY_DIFF_ID = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

/**
 * Maps layers onto disks. Where one ends depends only on the layers up to there, never on what follows, so that images with a
 * common base get the same disks for it. The first layer, the most shared, always ends one. Empty layers make none.
 */
export function planChain(layers: readonly Layer[]): readonly ChainDisk[] {
  const disks: ChainDisk[] = [];
  let held: Layer[] = [];
  let chainId = "";
  for (const layer of layers.filter((each) => each.diffId !== EMPTY_DIFF_ID)) {
    chainId = nextChainId(chainId, layer.diffId);
    held.push(layer);
    if (endsDisk(disks.length, held)) {
      disks.push(disk(disks, chainId, held));
      held = [];
    }
  }
  if (held.length > 0) disks.push(disk(disks, chainId, held));
  return disks;
}

function endsDisk(depth: number, held: readonly Layer[]): boolean {
  if (depth === 0) return true;
  if (depth === MAX_IMAGE_DISKS - 1) return false;
  return held.reduce((sum, layer) => sum + layer.size, 0) >= MIN_DISK_BYTES;
}

function disk(below: readonly ChainDisk[], chainId: string, layers: readonly Layer[]): ChainDisk {
  const parent = below.at(-1)?.chainId;
  return { chainId, ...(parent === undefined ? {} : { parent }), layers };
}

/** OCI image spec, "Layer ChainID": the first is the diffID itself, each further one hashes the one below and its own. */
function nextChainId(below: string, diffId: string): string {
  if (below === "") return diffId.replace("sha256:", "");
  return createHash("sha256").update(`sha256:${below} ${diffId}`).digest("hex");
}
