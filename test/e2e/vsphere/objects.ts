import {
  createChildVm,
  createVApp,
  deviceChanges,
  findCompute,
  findDatacenter,
  type MoRef,
  type VAppRef,
  type VirtualMachineConfigSpec,
  type VmRef,
  type VSphere,
} from "../../../src/vsphere/index.ts";
import { names } from "./vcenter.ts";

let count = 0;

/** An empty vApp of a name of its own. */
export async function createTestVApp(vs: VSphere): Promise<VAppRef> {
  const datacenter = await findDatacenter(vs);
  const { resourcePool } = await findCompute(vs, datacenter, names.cluster);
  const name = `test-${process.pid}-${count++}`;
  return createVApp(vs, resourcePool, {
    name,
    folder: datacenter.vmFolder,
    annotation: "for a test",
  });
}

/** Specification of a small VM without disks. */
export function testVmSpec(
  name: string,
  more: VirtualMachineConfigSpec = {},
): VirtualMachineConfigSpec {
  const devices = deviceChanges();
  devices.addScsiController();
  const id = `${name}-${count++}`;
  return {
    name,
    guestId: "otherLinux64Guest",
    files: { vmPathName: `[${names.datastore}] ${id}/${id}.vmx` },
    numCPUs: 1,
    memoryMB: 64,
    deviceChange: devices.changes,
    ...more,
  };
}

/** A small VM without disks. */
export async function createTestVm(
  vs: VSphere,
  parent: MoRef,
  name: string,
  more: VirtualMachineConfigSpec = {},
): Promise<VmRef> {
  const created = await vs.tasks.run(createChildVm(vs, parent, testVmSpec(name, more)));
  if (created.state !== "success") throw new Error(`the server forgot the creation of ${name}`);
  return created.result as VmRef;
}
