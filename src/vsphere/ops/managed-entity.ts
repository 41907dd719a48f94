import { forgetLookups } from "./lookup-cache.ts";
import type { MoRef, TaskRef } from "../wsdl/moref.ts";
import { readReferred } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";

/** Renames a folder, vApp, pool, VM or network. `%`, `/` and `\` must be encoded: see {@link inventoryName}. Fault DuplicateName. */
export async function renameEntity(vs: VSphere, entity: MoRef, newName: string): Promise<TaskRef> {
  forgetLookups(vs);
  return vs.call("Rename_Task", entity, { newName });
}

/**
 * Destroys an entity *with everything in it* (a vApp's or folder's VMs are deleted from disk; a plain pool's children move up).
 * Only for what is known to be empty.
 */
export async function destroyEntity(vs: VSphere, entity: MoRef): Promise<TaskRef> {
  forgetLookups(vs);
  return vs.call("Destroy_Task", entity, {});
}

/** How many tasks that were started on an entity haven't ended, whoever started them. */
export async function runningTasks(vs: VSphere, entity: MoRef): Promise<number> {
  const tasks = await readReferred(vs, entity, "recentTask", { Task: ["info.state"] });
  return tasks.filter(({ props }) => !ENDED.has(String(props["info.state"]))).length;
}

const ENDED: ReadonlySet<string> = new Set(["success", "error"]);

/** Name as vSphere stores it: `%`, `/` and `\` percent-encoded (vSphere API reference, ManagedEntity.name). */
export function inventoryName(name: string): string {
  return name.replaceAll("%", "%25").replaceAll("/", "%2f").replaceAll("\\", "%5c");
}
