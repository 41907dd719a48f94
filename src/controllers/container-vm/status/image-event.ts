import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import type { EventInput } from "../../../kube/events.ts";
import { findCondition } from "../../../reconcile/conditions.ts";
import { count, formatBytes } from "../../reporting/amounts.ts";

/** Says that the image is there that a container had to wait for; undefined: it didn't have to. Pure. */
export function imageEvent(
  { status }: Pick<ContainerVM, "status">,
  image: Pick<ContainerImage, "metadata" | "spec" | "status">,
): EventInput | undefined {
  if (findCondition(status?.conditions, CONDITIONS.ImageReady)?.status !== "False")
    return undefined;
  const { sizeBytes, disks = [] } = image.status ?? {};
  const size = sizeBytes === undefined ? "" : `${formatBytes(sizeBytes)} on `;
  const note = `Image ${image.spec.image} is unpacked: ${size}${count(disks.length, "disk")} (ContainerImage "${image.metadata.name}")`;
  return { type: "Normal", reason: REASONS.Unpacked, action: "Pull", note };
}
