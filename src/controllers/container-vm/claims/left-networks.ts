import type { ContainerVM, ContainerVMStatusNetwork } from "../../../api/containervm.gen.ts";
import { EXTRA_CONFIG, GUEST_CONFIG_KEY } from "../../../api/markers.ts";
import { readVmHardware } from "../../../vsphere/index.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import { networksInGuestConfig } from "../specification/guest-config.ts";
import { BY_HOST, type Scope } from "../scope/scope.ts";

/** The addresses of VMs that nobody has, or has found, yet: no other container may get them. */
export async function leftNetworks(
  { containers }: Scope,
  container: ContainerVM,
  live: LiveHost,
): Promise<ContainerVMStatusNetwork[]> {
  if (!live.members) return [];
  const ids = new Set(
    containers.byIndex(BY_HOST, hostKeyOf(container)).map(({ status }) => status?.id),
  );
  const unknown = live.server.vsphere.inventory
    .vms(live.members)
    .filter(({ extraConfig }) => extraConfig[EXTRA_CONFIG.role] === "container")
    .filter(({ extraConfig }) => !ids.has(extraConfig[EXTRA_CONFIG.containerId]));
  const read = await Promise.all(
    unknown.map(({ ref }) => readVmHardware(live.server.vsphere, ref)),
  );
  return read.flatMap((each) => networksInGuestConfig(each?.extraConfig[GUEST_CONFIG_KEY]));
}
