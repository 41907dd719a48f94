import { CONDITIONS } from "../../api/conditions.ts";
import type { ContainerImage, ContainerImageStatusDisk } from "../../api/containerimage.gen.ts";
import { refKey } from "../../kube/object.ts";
import { isTrue } from "../../reconcile/conditions.ts";
import type { ImageProgress } from "../client/console-client.ts";
import { diskKey } from "./unpack-progress.ts";

type Layer = ImageProgress["layers"][number];

/** What is known of a disk that is being filled: bytes by digest. */
export type BytesOf = (disk: string) => ReadonlyMap<string, number> | undefined;

/** How far an image's layers are, the lowest first; a layer that it has twice is told once. */
export function progressOf(
  { metadata, spec, status }: ContainerImage,
  bytesOf: BytesOf,
): ImageProgress {
  const host = refKey({ namespace: metadata.namespace, name: spec.hostRef.name });
  const layers = new Map<string, Layer>();
  for (const disk of status?.disks ?? []) {
    const isFilled = isDone(disk) || isAnswered(status?.unpacks, disk);
    const bytes = bytesOf(diskKey(host, disk.chainId));
    for (const [index, { digest, size }] of disk.layers.entries()) {
      if (layers.has(digest)) continue;
      const isPassed = disk.layers.slice(index + 1).some((later) => bytes?.has(later.digest));
      layers.set(digest, layerOf(digest, size, isFilled || isPassed, bytes?.get(digest)));
    }
  }
  return { layers: [...layers.values()] };
}

function layerOf(
  digest: string,
  size: number,
  isUnpacked: boolean,
  bytes: number | undefined,
): Layer {
  if (isUnpacked) return { digest, state: "Unpacked", bytes: size, size };
  if (bytes === undefined) return { digest, state: "Waiting", bytes: 0, size };
  return { digest, state: "Downloading", bytes: Math.min(bytes, size), size };
}

const isDone = ({ state }: ContainerImageStatusDisk): boolean =>
  state === "Unpacked" || state === "Ready";

const isAnswered = (
  unpacks: NonNullable<ContainerImage["status"]>["unpacks"],
  { chainId, attached }: ContainerImageStatusDisk,
): boolean =>
  (unpacks ?? []).some(
    (unpack) =>
      unpack.chainId === chainId &&
      unpack.attempt === attached?.attempt &&
      unpack.result === "Done",
  );

/** Whether nothing more will come: it is ready, or won't get so by itself, or goes. */
export const isSettled = (image: ContainerImage | undefined): boolean =>
  image === undefined ||
  image.metadata.deletionTimestamp !== undefined ||
  isTrue(image.status?.conditions, CONDITIONS.Ready) ||
  isTrue(image.status?.conditions, CONDITIONS.Stalled);
