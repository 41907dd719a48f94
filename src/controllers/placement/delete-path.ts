import { parseDatastorePath } from "../../api/naming.ts";
import {
  deleteDatastoreFile,
  deleteTopLevel,
  isFault,
  isObjectName,
  listDirectory,
  VSphereError,
} from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { objectStore, realPath } from "./real-path.ts";

/** Deletes a file, or a directory with all that is in it; what is gone already is fine. */
export async function deletePath(server: PooledServer, path: string): Promise<void> {
  const { vsphere, datacenter } = server;
  try {
    const real = await realPath(server, path);
    if (await deletedObject(server, real)) return;
    await vsphere.tasks.run(deleteDatastoreFile(vsphere, datacenter.ref, real));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/**
 * Deletes a directory at the top of a datastore on which that is an object; false: it isn't one. It is emptied before, since vSAN refuses now and then
 * to delete one that isn't (vmware/vic).
 */
async function deletedObject(server: PooledServer, path: string): Promise<boolean> {
  const { datastore = "", path: name = "" } = parseDatastorePath(path) ?? {};
  if (!isObjectName(name)) return false;
  const store = await objectStore(server, datastore);
  if (!store) return false;
  const { vsphere } = server;
  const entries = (await listDirectory(vsphere, store.datastore.browser, path)) ?? [];
  // The store's own files go with the directory.
  const ours = entries.filter((entry) => !/^\..*\.sf$/.test(entry.name));
  await Promise.all(ours.map((entry) => deletePath(server, `${path}/${entry.name}`)));
  await deleteTopLevel(vsphere, store, name);
  return true;
}

/** Whether an error says that the object or file isn't there any more. */
export const isGone = (error: unknown): boolean =>
  isFault(error, "FileNotFound", "ManagedObjectNotFound") ||
  (error instanceof VSphereError && error.code === "NotFoundByName");
