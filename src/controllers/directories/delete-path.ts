import { parseDatastorePath } from "../../api/naming.ts";
import {
  deleteDatastoreFile,
  deleteTopLevel,
  deleteVirtualDisk,
  isFault,
  isObjectName,
  listTree,
  type MoRef,
  VSphereError,
} from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { objectStore, realPath } from "./real-path.ts";

/** Deletes one file that is no disk; one that is gone already is fine. */
export async function deleteFile(server: PooledServer, path: string): Promise<void> {
  await unlessGone(async () => deleteByName(server, await realPath(server, path)));
}

/** Deletes a directory with all that is in it; one that is gone already is fine. */
export async function deletePath(server: PooledServer, path: string): Promise<void> {
  await unlessGone(async () => {
    const real = await realPath(server, path);
    const { datastore = "", path: name = "" } = parseDatastorePath(real) ?? {};
    const store = await objectStore(server, datastore);
    if (store) await empty(server, store.datastore.browser, real);
    if (store && isObjectName(name)) await deleteTopLevel(server.vsphere, store, name);
    else await deleteByName(server, real);
  });
}

/**
 * Empties a directory where disks are objects, from its depths up. vSAN refuses now and then to delete one with something in it, and disks there go by
 * their own manager (vmware/vic, `deleteFilesIteratively`). The store's own files go with the directory.
 */
async function empty(server: PooledServer, browser: MoRef, directory: string): Promise<void> {
  const entries = (await listTree(server.vsphere, browser, directory)) ?? [];
  const names = entries.map(({ name }) => name).filter((name) => !/(^|\/)\.[^/]*\.sf$/.test(name));
  const byDepth = Map.groupBy(names, (name) => name.split("/").length);
  for (const [, deepest] of [...byDepth].toSorted(([a], [b]) => b - a))
    await Promise.all(
      deepest.map((name) => unlessGone(() => deleteByName(server, `${directory}/${name}`))),
    );
}

async function deleteByName({ vsphere, datacenter }: PooledServer, path: string): Promise<void> {
  const remove = path.endsWith(".vmdk") ? deleteVirtualDisk : deleteDatastoreFile;
  await vsphere.tasks.run(remove(vsphere, datacenter.ref, path));
}

async function unlessGone(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Whether an error says that the object or file isn't there any more. */
export const isGone = (error: unknown): boolean =>
  isFault(error, "FileNotFound", "ManagedObjectNotFound") ||
  (error instanceof VSphereError && error.code === "NotFoundByName");
