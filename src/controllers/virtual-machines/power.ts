import {
  isFault,
  type MoRef,
  powerOffVm,
  powerOnVm,
  unregisterVm,
  type VmRecord,
} from "../../vsphere/index.ts";
import { deletePath, isGone } from "../directories/delete-path.ts";
import type { PooledServer } from "../servers/server-pool.ts";

/** Powers a VM on; one that is on is fine. */
export async function powerOn(server: PooledServer, vm: MoRef): Promise<void> {
  try {
    await server.vsphere.tasks.run(powerOnVm(server.vsphere, vm));
  } catch (error) {
    if (!isFault(error, "InvalidPowerState")) throw error;
  }
}

/** Cuts a VM's power; one that is off is fine. One that is suspended is resumed before, where vSphere wants it on. */
export async function powerOff(server: PooledServer, vm: MoRef): Promise<void> {
  const { vsphere } = server;
  const cut = () => vsphere.tasks.run(powerOffVm(vsphere, vm));
  try {
    await cut();
  } catch (error) {
    if (!isFault(error, "InvalidPowerState")) throw error;
    if (error.details["existingState"] !== "suspended") return;
    await powerOn(server, vm);
    await cut();
  }
}

/**
 * Takes a VM of ours away with its directory, and leaves every disk outside it: it is
 * unregistered and never destroyed, since vCenter deletes parents of disks with their last child.
 *
 * @param directory undefined: its files stay, since it shares the directory with others
 */
export async function removeVm(
  server: PooledServer,
  vm: VmRecord | undefined,
  directory: string | undefined,
): Promise<void> {
  const { vsphere } = server;
  if (vm) {
    try {
      if (vm.powerState !== "poweredOff") await powerOff(server, vm.ref);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    try {
      await unregisterVm(vsphere, vm.ref);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  if (directory !== undefined) await deletePath(server, directory);
}
