import { keeperId, workerId } from "../../../api/identity.ts";
import { OWNER_ATTRIBUTE } from "../../../api/markers.ts";
import {
  type DatastoreInfo,
  destroyEntity,
  isFault,
  listFolder,
  type MoRef,
  sameMoref,
} from "../../../vsphere/index.ts";
import { deletePath, isGone } from "../../directories/delete-path.ts";
import { deleteLeftoverHome } from "../../virtual-machines/leftover.ts";
import { isClaimed, releaseDirectory } from "../../directories/owner-file.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { homeOf } from "../../virtual-machines/home.ts";
import { markerOfOurs } from "../../virtual-machines/ours.ts";
import { removeVm } from "../../virtual-machines/power.ts";
import { readContainer } from "../convergence/containers-of.ts";
import type { Footing } from "../convergence/ground.ts";
import { removeHostPortGroups } from "../convergence/host-port-groups.ts";
import type { HostIdentity } from "../convergence/identity.ts";
import { membersOf, type Sight } from "../convergence/observe.ts";
import { WORDS } from "../convergence/shape.ts";

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
  const { container, bridge } = sight;
  const { folder } = sight.observed;
  const strangers: string[] = [];
  const members = membersOf(sight);
  if (members) await removeOurVms(server, me, members);
  if (container) strangers.push(...(await destroyContainer(server, container.ref)));
  if (datastore) await deleteHomes(server, me, datastore);
  if (folder && strangers.length === 0)
    strangers.push(...(await destroyFolder(server, folder.ref)));
  if (bridge?.kind === "distributed")
    strangers.push(...(await destroyPortGroup(server, bridge.ref, bridge.name)));
  if (bridge?.kind === "standard") {
    const name = me.names.ownPortGroup;
    const used = await removeHostPortGroups(server.vsphere, name, bridge.hosts);
    strangers.push(
      ...used.map((host) => `whatever is connected to port group "${name}" on ${host}`),
    );
  }
  if (strangers.length === 0 && datastore) await deleteDirectories(server, me, datastore);
  return strangers;
}

/** Deletes what may be left of directories of VMs that a killed process was about to make. Where those are objects, they were made before. */
async function deleteHomes(
  server: PooledServer,
  me: HostIdentity,
  { objectStore }: DatastoreInfo,
): Promise<void> {
  const ids = [workerId(me.id), ...(objectStore ? [keeperId(me.id, 1)] : [])];
  for (const id of ids) await deleteLeftoverHome(server, me.store.datastore, me.id, id);
}

async function removeOurVms(server: PooledServer, me: HostIdentity, members: MoRef): Promise<void> {
  for (const vm of server.vsphere.inventory.vms(members)) {
    const marker = markerOfOurs(vm, me.id);
    if (marker)
      await removeVm(server, vm, await homeOf({ server, store: me.store }, vm, marker.id));
  }
}

/** Destroying a vApp deletes what is in it (a pool's moves up): so it is read again right before. */
async function destroyContainer(server: PooledServer, ref: MoRef): Promise<string[]> {
  const { vsphere } = server;
  const state = await readContainer(server, ref);
  if (!state) return [];
  const inside = [...state.vms, ...state.children].map(
    (each) => vsphere.inventory.vm(each as MoRef<"VirtualMachine">)?.name ?? each.value,
  );
  if (inside.length > 0)
    return inside.map((name) => `"${name}" in ${WORDS[state.kind]} "${state.name}"`);
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
