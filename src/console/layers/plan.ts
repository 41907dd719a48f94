import type {
  ContainerImageStatus,
  ContainerImageStatusDisk,
  ContainerImageStatusUnpack,
} from "../../api/containerimage.gen.ts";

export type AttachedDisk = ContainerImageStatusDisk &
  Required<Pick<ContainerImageStatusDisk, "attached">>;

/** Disks that stand attached to the worker and whose present attempt has no answer yet. */
export function disksToUnpack(status: ContainerImageStatus): readonly AttachedDisk[] {
  return (status.disks ?? []).filter(
    (disk): disk is AttachedDisk =>
      disk.attached !== undefined && !isAnswered(status, disk.chainId, disk.attached.attempt),
  );
}

function isAnswered(status: ContainerImageStatus, chainId: string, attempt: number): boolean {
  return (status.unpacks ?? []).some(
    (unpack) => unpack.chainId === chainId && unpack.attempt === attempt,
  );
}

/** All answers that shall stand once `answer` is given: its own, and those that speak of disks which the image still has. */
export function withAnswer(
  status: ContainerImageStatus,
  answer: ContainerImageStatusUnpack,
): readonly ContainerImageStatusUnpack[] {
  const present = new Set((status.disks ?? []).map((disk) => disk.chainId));
  const kept = (status.unpacks ?? []).filter(
    (unpack) => unpack.chainId !== answer.chainId && present.has(unpack.chainId),
  );
  return [...kept, answer];
}
