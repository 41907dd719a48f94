import { instanceUuid } from "../../api/identity.ts";
import { vmPaths } from "../../api/naming.ts";
import { findVmByInstanceUuid } from "../../vsphere/index.ts";
import { deletePath } from "../directories/delete-path.ts";
import type { PooledServer } from "../servers/server-pool.ts";

/**
 * Deletes the directory that a killed run's create left of a VM. False, and nothing is deleted, where vCenter knows the VM: somebody moved it away,
 * or the watch, which doesn't show it, is late. Then the files are the VM's.
 */
export async function deleteLeftoverHome(
  server: PooledServer,
  datastore: string,
  hostId: string,
  id: string,
): Promise<boolean> {
  if (await findVmByInstanceUuid(server.vsphere, instanceUuid(hostId, id))) return false;
  await deletePath(server, vmPaths(datastore, id).directory);
  return true;
}
