import type { MoRef, TaskRef } from "../wsdl/moref.ts";
import { readProperties } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { AnyVirtualDevice, OptionValue, VirtualMachineConfigSpec } from "../wsdl/vim.gen.ts";
import { type ExistingDevice, existingDevice } from "./device.ts";

/** Reference of a virtual machine. */
export type VmRef = MoRef<"VirtualMachine">;

/** Where a VM is made: in a vApp, or in a folder and a resource pool. */
export type VmPlace = { readonly vApp: MoRef } | { readonly folder: MoRef; readonly pool: MoRef };

/** Creates a VM. The task's result is its reference. Faults as of {@link createChildVm}, and DuplicateName. */
export async function createVmAt(
  vs: VSphere,
  place: VmPlace,
  config: VirtualMachineConfigSpec,
): Promise<TaskRef> {
  if ("vApp" in place) return createChildVm(vs, place.vApp, config);
  return vs.call("CreateVM_Task", place.folder, { config, pool: place.pool });
}

/**
 * Creates a VM in a vApp, or in a pool below one; elsewhere the fault is NotSupported. The task's result is the VM's
 * reference. Faults: FileAlreadyExists, InvalidName, InsufficientResourcesFault, InvalidDatastore, VmConfigFault … and
 * perhaps DuplicateName, which the API reference doesn't name here: a second VM of the same name may come to be.
 */
export async function createChildVm(
  vs: VSphere,
  parent: MoRef,
  config: VirtualMachineConfigSpec,
  host?: MoRef,
): Promise<TaskRef> {
  return vs.call("CreateChildVM_Task", parent, host ? { config, host } : { config });
}

/** Changes a VM's configuration. Faults: ConcurrentAccess (changeVersion is old), InvalidDeviceSpec, InvalidPowerState, FileNotFound … */
export async function reconfigureVm(
  vs: VSphere,
  vm: MoRef,
  spec: VirtualMachineConfigSpec,
): Promise<TaskRef> {
  return vs.call("ReconfigVM_Task", vm, { spec });
}

/** Powers a VM on. Fault InvalidPowerState if it is on already. */
export async function powerOnVm(vs: VSphere, vm: MoRef): Promise<TaskRef> {
  return vs.call("PowerOnVM_Task", vm, {});
}

/** Cuts a VM's power. Fault InvalidPowerState if it is off already. */
export async function powerOffVm(vs: VSphere, vm: MoRef): Promise<TaskRef> {
  return vs.call("PowerOffVM_Task", vm, {});
}

/** Asks the guest to shut down; returns at once. Faults: ToolsUnavailable, InvalidPowerState. */
export async function shutdownGuest(vs: VSphere, vm: MoRef): Promise<void> {
  await vs.call("ShutdownGuest", vm, {});
}

/** Takes a VM out of the inventory and leaves its files. Faults: InvalidPowerState if it is on, TaskInProgress if it is busy. */
export async function unregisterVm(vs: VSphere, vm: MoRef): Promise<void> {
  await vs.call("UnregisterVM", vm, {});
}

/** Registers a vmx file in a vApp, or in a pool below one. The task's result is the VM's reference. Faults: AlreadyExists, NotFound … */
export async function registerChildVm(
  vs: VSphere,
  parent: MoRef,
  vmxPath: string,
  options: { name?: string; host?: MoRef } = {},
): Promise<TaskRef> {
  return vs.call("RegisterChildVM_Task", parent, { path: vmxPath, ...options });
}

/** Finds a VM by its instance UUID, anywhere on the server. For caches see {@link Inventory.vmByInstanceUuid}, which costs no call. */
export async function findVmByInstanceUuid(
  vs: VSphere,
  instanceUuid: string,
): Promise<VmRef | undefined> {
  const found = await vs.call("FindByUuid", vs.content.searchIndex!, {
    uuid: instanceUuid,
    vmSearch: true,
    instanceUuid: true,
  });
  return found as VmRef | undefined;
}

/** Devices, extraConfig and placement of a VM. */
export interface VmHardware {
  /** To be sent with a reconfigure that builds on what was read. */
  changeVersion: string;
  devices: ExistingDevice[];
  extraConfig: Record<string, string>;
}

/** Reads a VM's hardware on demand; undefined if the VM is gone. */
export async function readVmHardware(vs: VSphere, vm: MoRef): Promise<VmHardware | undefined> {
  const props = await readProperties(vs, vm, [
    "config.changeVersion",
    "config.hardware.device",
    "config.extraConfig",
  ]);
  if (!props) return undefined;
  const options = (props["config.extraConfig"] ?? []) as OptionValue[];
  return {
    changeVersion: (props["config.changeVersion"] as string | undefined) ?? "",
    devices: ((props["config.hardware.device"] ?? []) as AnyVirtualDevice[]).map(existingDevice),
    extraConfig: Object.fromEntries(
      options.map(({ key, value }) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value ?? ""),
      ]),
    ),
  };
}
