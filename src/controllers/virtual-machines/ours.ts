import { instanceUuid } from "../../api/identity.ts";
import { parseVmMarker, type VmMarker } from "../../api/markers.ts";
import type { VmRecord } from "../../vsphere/index.ts";

/**
 * The marker of a VM that is ours: marker and instance UUID agree (the place does, since only
 * what is in our vApps is watched). Which installation it names doesn't count: the vApp says whose
 * all that is in it is, also after it was taken over. Undefined for a stranger, such as an
 * administrator's clone, to which vSphere gives an instance UUID of its own.
 */
export function markerOfOurs(vm: VmRecord, hostId: string): VmMarker | undefined {
  const marker = parseVmMarker((key) => vm.extraConfig[key]);
  if (!marker || marker.hostId !== hostId) return undefined;
  return vm.instanceUuid?.toLowerCase() === instanceUuid(hostId, marker.id) ? marker : undefined;
}
