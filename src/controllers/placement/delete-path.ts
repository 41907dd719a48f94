import { deleteDatastoreFile, isFault, VSphereError } from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";

/** Deletes a file, or a directory with all that is in it; what is gone already is fine. */
export async function deletePath(server: PooledServer, path: string): Promise<void> {
  const { vsphere, datacenter } = server;
  try {
    await vsphere.tasks.run(deleteDatastoreFile(vsphere, datacenter.ref, path));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Whether an error says that the object or file isn't there any more. */
export const isGone = (error: unknown): boolean =>
  isFault(error, "FileNotFound", "ManagedObjectNotFound") ||
  (error instanceof VSphereError && error.code === "NotFoundByName");
