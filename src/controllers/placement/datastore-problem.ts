import { REASONS } from "../../api/conditions.ts";
import type { DatastoreInfo } from "../../vsphere/index.ts";
import type { Problem } from "./problem.ts";

/** Types of datastores, lower case, on which a directory is an object of its own, under a name that the server chooses. */
const OBJECT_STORES: readonly string[] = ["vsan", "vvol"];

/** Why nothing of ours can be kept on a datastore. Pure. */
export function datastoreProblem({
  name,
  type,
  accessible,
}: Pick<DatastoreInfo, "name" | "type" | "accessible">): Problem | undefined {
  if (OBJECT_STORES.includes(type.toLowerCase())) {
    return {
      reason: REASONS.DatastoreUnsupported,
      message: `Datastore "${name}" is of type ${type}, which isn't supported yet: choose one of type VMFS or NFS.`,
    };
  }
  if (accessible) return undefined;
  return {
    reason: REASONS.DatastoreUnavailable,
    message: `Datastore "${name}" isn't accessible: look at it in vSphere.`,
  };
}
