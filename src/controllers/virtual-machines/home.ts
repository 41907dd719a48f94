import { OWNER_FILE, parseDatastorePath, vmPaths } from "../../api/naming.ts";
import { findDatastore, listDirectory, type MoRef, type VmRecord } from "../../vsphere/index.ts";
import { realPath } from "../directories/real-path.ts";
import type { PooledServer } from "../servers/server-pool.ts";

/** Where VMs of a host are made. */
export interface Site {
  readonly server: PooledServer;
  readonly store: { readonly datastore: string };
}

/** The directory in which a VM is, by what vSphere says of it, or else by where it was made. */
export function directoryOf({ store }: Site, vmPath: string | undefined, id: string): string {
  const at = vmPath?.lastIndexOf("/") ?? -1;
  return vmPath !== undefined && at > 0
    ? vmPath.slice(0, at)
    : vmPaths(store.datastore, id).directory;
}

/**
 * The directory that goes with a VM: the one that was made for it, or the one that a storage vMotion made, which is
 * named as the VM was shown then. Undefined where that holds anything beside this VM.
 */
export async function homeOf(
  site: Site,
  vm: VmRecord | undefined,
  id: string,
): Promise<string | undefined> {
  const directory = directoryOf(site, vm?.vmPathName, id);
  if (directory.replace(/^.*[/ ]/, "") === id) return directory;
  const config = vm?.vmPathName?.slice(directory.length + 1);
  const entries = await listDirectory(
    site.server.vsphere,
    await browserOf(site, directory),
    await realPath(site.server, directory),
  );
  const isShared = entries?.some(
    ({ name, isDirectory }) =>
      isDirectory || name === OWNER_FILE || (/\.(vmx|vmtx)$/.test(name) && name !== config),
  );
  return isShared ? undefined : directory;
}

/** What lists a directory's datastore. */
export async function browserOf({ server }: Site, directory: string): Promise<MoRef> {
  const { datastore } = parseDatastorePath(directory) ?? { datastore: "" };
  return (await findDatastore(server.vsphere, server.datacenter, datastore)).browser;
}
