import { parseDatastorePath } from "../../api/naming.ts";
import {
  createVmAt,
  isFault,
  makeDirectory,
  makeTopLevel,
  type TaskOutcome,
  type VmPlace,
} from "../../vsphere/index.ts";
import { objectStore, realSpec } from "../directories/real-path.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import type { VmConfigSpec } from "./vm-spec.ts";

/**
 * Creates a VM: one call, and two more on a server that doesn't make the VM's directory itself, or where that is an object. In the latter case it stays
 * where the creation failed, and goes with whoever the VM was for.
 */
export async function createVm(
  server: PooledServer,
  place: VmPlace,
  config: VmConfigSpec,
): Promise<TaskOutcome> {
  const { vsphere, datacenter } = server;
  await makeObject(server, config);
  const spec = await realSpec(server, config);
  const create = () => vsphere.tasks.run(createVmAt(vsphere, place, spec));
  try {
    return await create();
  } catch (error) {
    const directory = spec.files?.vmPathName?.replace(/\/[^/]*$/, "");
    if (directory === undefined || !isMissing(error, directory)) throw error;
    await makeDirectory(vsphere, datacenter.ref, directory);
    return create();
  }
}

/** Makes a VM's directory where a top-level one is an object: no creation of a VM makes that under a name that we choose. */
async function makeObject(server: PooledServer, { files }: VmConfigSpec): Promise<void> {
  const { datastore = "", path = "" } = parseDatastorePath(files?.vmPathName ?? "") ?? {};
  const [top = ""] = path.split("/");
  const store = top === "" ? undefined : await objectStore(server, datastore);
  if (store) await makeTopLevel(server.vsphere, store, top);
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
