import type { VirtualContainerHostSpecDeletionPolicy } from "../../../api/virtualcontainerhost.gen.ts";
import { listed } from "../../reporting/listed.ts";

/** What still exists of a host that is being deleted. Names are keys or inventory names, for people. */
export interface Remains {
  /** ContainerVMs that nobody has deleted yet, and those that are going. */
  readonly containers: readonly string[];
  readonly deletingContainers: readonly string[];
  readonly images: readonly string[];
  readonly deletingImages: readonly string[];
}

export type DeletionStep =
  /** A person has to act. */
  | { readonly do: "block"; readonly message: string }
  | { readonly do: "deleteContainers"; readonly keys: readonly string[] }
  | { readonly do: "deleteImages"; readonly keys: readonly string[] }
  /** Something is on its way, and its end wakes the host. */
  | { readonly do: "wait"; readonly message: string }
  /** Nothing of the host is left in Kubernetes: take it away in vSphere. */
  | { readonly do: "cleanUp" }
  /** Leave everything in vSphere as it is. */
  | { readonly do: "letGo" };

/** The next step of deleting a host. Pure. */
export function planDeletion(
  policy: VirtualContainerHostSpecDeletionPolicy,
  remains: Remains,
): DeletionStep {
  if (policy === "Orphan") return { do: "letGo" };
  if (remains.containers.length > 0) {
    if (policy === "Delete") return { do: "deleteContainers", keys: remains.containers };
    return {
      do: "block",
      message: `Waits until its containers are deleted: ${listed(remains.containers)}. Delete them, or set spec.deletionPolicy to Delete.`,
    };
  }
  if (remains.deletingContainers.length > 0)
    return {
      do: "wait",
      message: `Containers are being deleted: ${listed(remains.deletingContainers)}`,
    };
  if (remains.images.length > 0) return { do: "deleteImages", keys: remains.images };
  if (remains.deletingImages.length > 0)
    return { do: "wait", message: `Images are being deleted: ${listed(remains.deletingImages)}` };
  return { do: "cleanUp" };
}
