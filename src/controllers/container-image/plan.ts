import type {
  ContainerImage,
  ContainerImageStatusDisk,
  ContainerImageStatusUnpack,
} from "../../api/containerimage.gen.ts";
import type { ChainDisk } from "../../oci/index.ts";

// How the chain of an image's disks comes about, one disk after the other. Pure.

/** What is to be done next for an image's disks. */
export type DiskStep =
  /** All disks are sealed. */
  | { readonly do: "nothing" }
  /** Look whether the disk stands on the datastore already; if not, begin it. */
  | { readonly do: "begin"; readonly index: number }
  /** The console fills it; its answer wakes the key. */
  | { readonly do: "await"; readonly index: number }
  /** It is filled: take it off the worker and seal it. */
  | { readonly do: "seal"; readonly index: number }
  /** Filling it failed: take it off the worker and throw it away. */
  | { readonly do: "discard"; readonly index: number; readonly answer: ContainerImageStatusUnpack };

/** The next step: always about the lowest disk that isn't sealed, since its children need it whole. */
export function planDisks(
  disks: readonly ContainerImageStatusDisk[],
  unpacks: readonly ContainerImageStatusUnpack[],
): DiskStep {
  const index = disks.findIndex(({ state }) => state !== "Ready");
  const disk = disks[index];
  if (!disk) return { do: "nothing" };
  if (disk.state === "Unpacked") return { do: "seal", index };
  if (!disk.attached) return { do: "begin", index };
  const answer = answerTo(disk, unpacks);
  if (!answer) return { do: "await", index };
  return answer.result === "Done" ? { do: "seal", index } : { do: "discard", index, answer };
}

/** The console's answer to the attempt that stands; answers to earlier ones don't count. */
export const answerTo = (
  { chainId, attached }: ContainerImageStatusDisk,
  unpacks: readonly ContainerImageStatusUnpack[],
): ContainerImageStatusUnpack | undefined =>
  unpacks.find((each) => each.chainId === chainId && each.attempt === attached?.attempt);

/** The number of the next attempt: above every one that was answered, so that no old answer fits it. */
export const nextAttempt = (
  chainId: string,
  unpacks: readonly ContainerImageStatusUnpack[],
): number =>
  1 +
  Math.max(0, ...unpacks.filter((each) => each.chainId === chainId).map(({ attempt }) => attempt));

/** An image's disks as they stand in its status before anything was made. */
export const pendingDisks = (
  chain: readonly ChainDisk[],
  pathOf: (chainId: string) => string,
): ContainerImageStatusDisk[] =>
  chain.map(({ chainId, parent, layers }) => ({
    chainId,
    ...(parent === undefined ? {} : { parent }),
    path: pathOf(chainId),
    state: "Pending",
    layers: layers.map(({ digest, diffId, mediaType, size }) => ({
      digest,
      diffId,
      mediaType,
      size,
    })),
  }));

/** The disks with one of them in another state. */
export function withState(
  disks: readonly ContainerImageStatusDisk[],
  index: number,
  state: ContainerImageStatusDisk["state"],
  attached?: ContainerImageStatusDisk["attached"],
): ContainerImageStatusDisk[] {
  return disks.map((disk, at) => {
    if (at !== index) return disk;
    const { attached: _former, ...rest } = disk;
    return { ...rest, state, ...(attached === undefined ? {} : { attached }) };
  });
}

/** For so long the console may take to end what the worker does with a disk, before that is taken away from under it; milliseconds. */
const UNPACKING_MS = 15_000;

/** How long to wait yet, until the console has said that nobody works on the disks of an image that is being deleted. */
export function unpackingMs(
  { metadata, status }: Pick<ContainerImage, "metadata" | "status">,
  nowMs: number,
): number {
  const isBusy = status?.disks?.some(
    (disk) => disk.state === "Attached" && !answerTo(disk, status.unpacks ?? []),
  );
  const since = Date.parse(metadata.deletionTimestamp ?? "");
  return isBusy ? Math.max(0, since + UNPACKING_MS - nowMs) : 0;
}

/** Chain ids of an image's disks that no other image needs, the topmost first: the order of deletion. */
export function disksToDelete(
  disks: readonly ContainerImageStatusDisk[],
  others: readonly (readonly ContainerImageStatusDisk[])[],
): string[] {
  const needed = new Set(others.flat().map(({ chainId }) => chainId));
  return disks
    .map(({ chainId }) => chainId)
    .filter((chainId) => !needed.has(chainId))
    .toReversed();
}

/** Failures that fetching again right away can't heal: the registry's content is at fault. */
const CONTENT_AT_FAULT: ReadonlySet<string> = new Set([
  "LayerCorrupt",
  "DiffIDMismatch",
  "DigestMismatch",
  "PathEscapes",
  "NoSpace",
]);

/** Milliseconds until a failed disk is tried again after so many failures in a row. */
export function retryUnpackMs(reason: string | undefined, failures: number): number {
  const base = CONTENT_AT_FAULT.has(reason ?? "") ? 15_000 : 2_000;
  return Math.min(5 * 60_000, base * 2 ** Math.min(failures - 1, 10));
}

/** Milliseconds until a registry is asked again after so many failures in a row. */
export const retryResolveMs = (failures: number): number =>
  Math.min(60_000, 2_000 * 2 ** Math.min(failures - 1, 10));
