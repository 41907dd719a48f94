import type { MoRef } from "../wsdl/moref.ts";
import type { VSphere } from "../model/vsphere.ts";

/** Reference of an inventory folder. */
export type FolderRef = MoRef<"Folder">;

/** Creates a folder. Fault DuplicateName, whose `details.object` is the existing one. */
export async function createFolder(vs: VSphere, parent: MoRef, name: string): Promise<FolderRef> {
  return (await vs.call("CreateFolder", parent, { name })) as FolderRef;
}
