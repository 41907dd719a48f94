import {
  createVmAt,
  isFault,
  makeDirectory,
  type TaskOutcome,
  type VmPlace,
} from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import type { VmConfigSpec } from "./vm-spec.ts";

/** Creates a VM: one call, and two more on a server that doesn't make the VM's directory itself. */
export async function createVm(
  { vsphere, datacenter }: PooledServer,
  place: VmPlace,
  config: VmConfigSpec,
): Promise<TaskOutcome> {
  const create = () => vsphere.tasks.run(createVmAt(vsphere, place, config));
  try {
    return await create();
  } catch (error) {
    const directory = config.files?.vmPathName?.replace(/\/[^/]*$/, "");
    if (directory === undefined || !isMissing(error, directory)) throw error;
    await makeDirectory(vsphere, datacenter.ref, directory);
    return create();
  }
}

/** Whether it is this directory, or a file right in it, that wasn't found: not one of the disks or the ISO that the VM is made of. */
function isMissing(error: unknown, directory: string): boolean {
  if (!isFault(error, "FileNotFound")) return false;
  const file = error.details["file"];
  return (
    typeof file === "string" &&
    (file === directory || /^\/[^/]*(\.vmx)?$/.test(file.replace(directory, "")))
  );
}
