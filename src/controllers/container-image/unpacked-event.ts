import { REASONS } from "../../api/conditions.ts";
import type { ContainerImageStatusUnpack } from "../../api/containerimage.gen.ts";
import type { EventInput } from "../../kube/events.ts";
import { count, formatBytes } from "../reporting/amounts.ts";
import type { Disks } from "./scope.ts";

/**
 * Says that every disk of an image is whole. Pure.
 *
 * @param tookMs since its first disk was begun; undefined: all of them stood there already
 */
export function unpackedEvent(
  disks: Disks,
  unpacks: readonly ContainerImageStatusUnpack[],
  tookMs: number | undefined,
): EventInput {
  const filled = unpacks.filter(
    ({ chainId, result }) => result === "Done" && disks.some((disk) => disk.chainId === chainId),
  );
  const bytes = filled.reduce((sum, { usedBytes = 0 }) => sum + usedBytes, 0);
  const amount = bytes > 0 ? ` with ${formatBytes(bytes)}` : "";
  const note =
    tookMs === undefined
      ? `${count(disks.length, "disk")}, on the datastore already`
      : `${count(disks.length, "disk")}${amount} in ${(tookMs / 1000).toFixed(1)} s`;
  return { type: "Normal", reason: REASONS.Unpacked, action: "Pull", note };
}
