import { isFault } from "../model/fault.ts";
import type { MoRef, TaskRef } from "../wsdl/moref.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { AnyFileInfo, HostDatastoreBrowserSearchResults } from "../wsdl/vim.gen.ts";

/** `[ds] dir/file` of its parts. */
export function datastorePath(datastore: string, path: string): string {
  return path === "" ? `[${datastore}]` : `[${datastore}] ${path}`;
}

/** Inverse of {@link datastorePath}. Throws a RangeError on anything else. */
export function parseDatastorePath(path: string): { datastore: string; path: string } {
  const match = /^\[([^\]]+)\](?: (.*))?$/.exec(path);
  if (!match) throw new RangeError(`not a datastore path: ${path}`);
  return { datastore: match[1]!, path: match[2] ?? "" };
}

/** Makes a directory with its parents; one that exists is fine. */
export async function makeDirectory(vs: VSphere, datacenter: MoRef, path: string): Promise<void> {
  try {
    const args = { name: path, datacenter, createParentDirectories: true };
    await vs.call("MakeDirectory", vs.content.fileManager!, args);
  } catch (error) {
    if (!isFault(error, "FileAlreadyExists")) throw error;
  }
}

/** Makes a directory in one that exists. False: it was there already. Fault FileNotFound where the one above isn't there. */
export async function makeOneDirectory(
  vs: VSphere,
  datacenter: MoRef,
  path: string,
): Promise<boolean> {
  try {
    const args = { name: path, datacenter, createParentDirectories: false };
    await vs.call("MakeDirectory", vs.content.fileManager!, args);
    return true;
  } catch (error) {
    if (isFault(error, "FileAlreadyExists")) return false;
    throw error;
  }
}

/** Starts deleting a file, or a directory with everything in it. Fault FileNotFound if there is none. */
export async function deleteDatastoreFile(
  vs: VSphere,
  datacenter: MoRef,
  path: string,
): Promise<TaskRef> {
  return vs.call("DeleteDatastoreFile_Task", vs.content.fileManager!, { name: path, datacenter });
}

/**
 * Starts deleting a disk: its descriptor and its extents, and none of its parents. Where disks are objects (vSAN) a
 * descriptor that is deleted as a file would leave them. Faults: FileNotFound, FileLocked, CannotDeleteFile.
 */
export async function deleteVirtualDisk(
  vs: VSphere,
  datacenter: MoRef,
  path: string,
): Promise<TaskRef> {
  const manager = vs.content.virtualDiskManager!;
  return vs.call("DeleteVirtualDisk_Task", manager, { name: path, datacenter });
}

/** A file or directory in a listing. */
export interface DatastoreEntry {
  /** Relative to the directory listed. */
  name: string;
  /** What people see instead, where the datastore chose the name. */
  friendlyName?: string;
  isDirectory: boolean;
  sizeBytes: number;
}

/** Lists one directory (not below it) through the datastore browser; undefined if the directory doesn't exist. `pattern` e.g. `*.vmdk`. */
export async function listDirectory(
  vs: VSphere,
  browser: MoRef,
  path: string,
  pattern = "*",
): Promise<DatastoreEntry[] | undefined> {
  const folders = await search(vs, "SearchDatastore_Task", browser, path, pattern);
  return folders?.flatMap(({ file = [] }) => file.map(entry));
}

/** Lists a directory and everything below it that a pattern matches, by one task; names are relative to it. Undefined if it doesn't exist. */
export async function listTree(
  vs: VSphere,
  browser: MoRef,
  path: string,
  pattern = "*",
): Promise<DatastoreEntry[] | undefined> {
  const folders = await search(vs, "SearchDatastoreSubFolders_Task", browser, path, pattern);
  const root = directoryIn(path);
  return folders?.flatMap(({ folderPath = "", file = [] }) => {
    const within = directoryIn(folderPath).slice(root.length).replace(/^\//, "");
    return file.map(entry).map((each) => ({
      ...each,
      name: within === "" ? each.name : `${within}/${each.name}`,
    }));
  });
}

/** What a search found, folder by folder; undefined if the directory doesn't exist. */
async function search(
  vs: VSphere,
  method: "SearchDatastore_Task" | "SearchDatastoreSubFolders_Task",
  browser: MoRef,
  path: string,
  pattern: string,
): Promise<HostDatastoreBrowserSearchResults[] | undefined> {
  try {
    const found = await vs.tasks.run(
      vs.call(method, browser, {
        datastorePath: path,
        searchSpec: {
          details: { fileType: true, fileSize: true, modification: false, fileOwner: false },
          matchPattern: [pattern],
        },
      }),
    );
    if (found.state === "unknown")
      throw new Error("the server forgot a search before it had ended");
    // Of one folder it is no list.
    const folders = (found.result ?? []) as Folders;
    return Array.isArray(folders) ? folders : [folders];
  } catch (error) {
    if (isFault(error, "FileNotFound")) return undefined;
    throw error;
  }
}

type Folders = HostDatastoreBrowserSearchResults | HostDatastoreBrowserSearchResults[];

/** The part of a datastore path after the brackets; servers write a slash at a directory's end, or none. */
const directoryIn = (path: string): string => parseDatastorePath(path).path.replace(/\/+$/, "");

function entry(file: AnyFileInfo): DatastoreEntry {
  return {
    name: file.path,
    ...(file.friendlyName ? { friendlyName: file.friendlyName } : {}),
    isDirectory: file._typeName === "FolderFileInfo",
    sizeBytes: file.fileSize ?? 0,
  };
}
