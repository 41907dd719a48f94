import { REASONS } from "../../api/conditions.ts";
import type { DatastoreInfo } from "../../vsphere/index.ts";
import type { Problem } from "../reporting/problem.ts";

/** The type, in lower case, of datastores that are made of virtual volumes. */
const VIRTUAL_VOLUMES = "vvol";

/** Why nothing of ours can be kept on a datastore. Pure. */
export function datastoreProblem({
  name,
  type,
  accessible,
}: Pick<DatastoreInfo, "name" | "type" | "accessible">): Problem | undefined {
  if (type.toLowerCase() === VIRTUAL_VOLUMES) {
    return {
      reason: REASONS.DatastoreUnsupported,
      message: `Datastore "${name}" is of type ${type}, which isn't supported yet: choose one of type VMFS, NFS or vSAN.`,
    };
  }
  if (accessible) return undefined;
  return {
    reason: REASONS.DatastoreUnavailable,
    message: `Datastore "${name}" isn't accessible: look at it in vSphere.`,
  };
}
