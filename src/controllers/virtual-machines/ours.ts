import { instanceUuid } from "../../api/identity.ts";
import { parseVmMarker, type VmMarker } from "../../api/markers.ts";
import type { VmRecord } from "../../vsphere/index.ts";

/**
 * The marker of a VM that is ours: marker and instance UUID agree (the place does, since only
 * what is in our vApps is watched). Undefined for a stranger, such as an administrator's clone,
 * to which vSphere gives an instance UUID of its own.
 */
export function markerOfOurs(
  vm: VmRecord,
  installation: string,
  hostId: string,
): VmMarker | undefined {
  const marker = parseVmMarker((key) => vm.extraConfig[key]);
  if (!marker || marker.installation !== installation || marker.hostId !== hostId) return undefined;
  return vm.instanceUuid?.toLowerCase() === instanceUuid(hostId, marker.id) ? marker : undefined;
}
