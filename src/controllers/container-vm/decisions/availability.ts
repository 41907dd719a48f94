import { REASONS } from "../../../api/conditions.ts";
import type { VmRecord } from "../../../vsphere/index.ts";
import type { Problem } from "../../reporting/problem.ts";

/** Why nothing can be done about a VM, and what is known of it may be old; undefined where vCenter reaches it. Pure. */
export function unavailability({ connectionState }: VmRecord): Problem | undefined {
  switch (connectionState) {
    case undefined:
    case "connected":
      return undefined;
    case "disconnected":
      return {
        reason: REASONS.VMDisconnected,
        message:
          "vCenter has no connection to the VM's ESXi host. What is told of it was known before. Reconnect the host in vSphere.",
      };
    default:
      return {
        reason: REASONS.VMInaccessible,
        message: `The VM is ${connectionState} in vSphere: its files can't be read. Bring its datastore back.`,
      };
  }
}
