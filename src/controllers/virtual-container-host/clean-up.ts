import { workerId } from "../../api/identity.ts";
import { OWNER_ATTRIBUTE } from "../../api/markers.ts";
import { vmPaths } from "../../api/naming.ts";
import {
  type DatastoreInfo,
  destroyEntity,
  isFault,
  listFolder,
  type MoRef,
  readVApp,
  sameMoref,
} from "../../vsphere/index.ts";
import { deletePath, isGone } from "../placement/delete-path.ts";
import { isClaimed, releaseDirectory } from "../placement/owner-file.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { markerOfOurs } from "../virtual-machines/ours.ts";
import { removeVm } from "../virtual-machines/power.ts";
import type { HostIdentity } from "./identity.ts";
import type { Footing, Sight } from "./observe.ts";

/**
 * Takes a host away in vSphere: its VMs, vApp, folder, port group and directories. Harmless to
 * repeat. Whatever isn't ours stays, and with it what holds it.
 *
 * @returns names of strangers that are in the way; empty: nothing of ours is left
 */
export async function cleanUp(
  server: PooledServer,
  me: HostIdentity,
  { datastore }: Footing,
  sight: Sight,
): Promise<string[]> {
  const { folder, portGroup } = sight.observed;
  const strangers: string[] = [];
  if (sight.vApp) {
    await removeOurVms(server, me, sight.vApp.ref);
    strangers.push(...(await destroyVApp(server, sight.vApp.ref)));
  }
  if (datastore) await deletePath(server, vmPaths(me.store.datastore, workerId(me.id)).directory);
  if (folder && strangers.length === 0)
    strangers.push(...(await destroyFolder(server, folder.ref)));
  if (portGroup) strangers.push(...(await destroyPortGroup(server, portGroup.ref, portGroup.name)));
  if (strangers.length === 0 && datastore) await deleteDirectories(server, me, datastore);
  return strangers;
}

async function removeOurVms(server: PooledServer, me: HostIdentity, vApp: MoRef): Promise<void> {
  for (const vm of server.vsphere.inventory.vms(vApp)) {
    const marker = markerOfOurs(vm, me.id);
    if (marker) await removeVm(server, vm, vmPaths(me.store.datastore, marker.id).directory);
  }
}

/** Destroying a vApp deletes what is in it: so it is read again right before. */
async function destroyVApp({ vsphere }: PooledServer, ref: MoRef): Promise<string[]> {
  const state = await readVApp(vsphere, ref);
  if (!state) return [];
  const inside = [...state.vms, ...state.children].map(
    (each) => vsphere.inventory.vm(each as MoRef<"VirtualMachine">)?.name ?? each.value,
  );
  if (inside.length > 0) return inside.map((name) => `"${name}" in vApp "${state.name}"`);
  await destroy(() => vsphere.tasks.run(destroyEntity(vsphere, ref)));
  return [];
}

async function destroyFolder({ vsphere, datacenter }: PooledServer, ref: MoRef): Promise<string[]> {
  const inside = await listFolder(vsphere, ref, OWNER_ATTRIBUTE).catch((error: unknown) => {
    if (isGone(error)) return [];
    throw error;
  });
  if (inside.length > 0) return inside.map(({ name }) => `"${name}" in its folder`);
  const stillThere = (await listFolder(vsphere, datacenter.vmFolder, OWNER_ATTRIBUTE)).some(
    (each) => sameMoref(each.ref, ref),
  );
  if (stillThere) await destroy(() => vsphere.tasks.run(destroyEntity(vsphere, ref)));
  return [];
}

async function destroyPortGroup(
  { vsphere }: PooledServer,
  ref: MoRef,
  name: string,
): Promise<string[]> {
  try {
    await destroy(() => vsphere.tasks.run(destroyEntity(vsphere, ref)));
    return [];
  } catch (error) {
    if (isFault(error, "ResourceInUse")) return [`whatever is connected to port group "${name}"`];
    throw error;
  }
}

async function destroy(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function deleteDirectories(
  server: PooledServer,
  me: HostIdentity,
  { browser }: DatastoreInfo,
): Promise<void> {
  if (!(await isClaimed(server, me.root, me.owner))) return;
  await deletePath(server, me.paths.own);
  // The owner file goes after it: until then a killed run finds its way back here.
  await releaseDirectory(server, browser, me.root, me.owner, true);
}
