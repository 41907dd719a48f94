import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import { ANNOTATIONS, FINALIZER } from "../../api/metadata.ts";
import { formatDatastorePath } from "../../api/naming.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import { awaitChange, type Outcome, park } from "../../reconcile/outcome.ts";
import { findDatastore } from "../../vsphere/index.ts";
import { deletePath } from "../directories/delete-path.ts";
import { isClaimed, releaseDirectory } from "../directories/owner-file.ts";
import { isTold, report } from "../reporting/report.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import { type PooledServer, serverTopic } from "../servers/server-pool.ts";
import { storeDirectory, usersOf, volumesToDelete } from "./plan.ts";
import {
  type Context,
  isServerComing,
  knownStatus,
  ownerFile,
  problemOf,
  type Scope,
  tell,
} from "./scope.ts";

/** Lets a store go once nobody uses it, with its claim, and with its volumes where the spec says so. */
export async function remove(scope: Scope, store: VolumeStore, context: Context): Promise<Outcome> {
  const users = usersOf(store, scope.containerHosts.list(store.metadata.namespace));
  if (users.length > 0) {
    await tellUsers(store, context, users);
    return awaitChange();
  }
  const server = scope.deps.servers.get(serverKeyOf(store));
  const forced = store.metadata.annotations?.[ANNOTATIONS.forceDelete] === "true";
  if (store.status?.claimPath && !server && !forced) {
    const problem = problemOf(scope, store);
    if (!isServerComing(scope, store, problem) || !isTold(store))
      await tell(store, context, problem, "working");
    return park(serverTopic(serverKeyOf(store)));
  }
  if (server && store.status?.id) await cleanUp(scope, store, server);
  else if (forced && store.status?.claimPath) {
    const note = `Left behind in vSphere: ${formatDatastorePath(storeDirectory(store))}`;
    context.event(store, { type: "Warning", reason: REASONS.Abandoned, action: "Delete", note });
  }
  await context.removeFinalizer(store, FINALIZER);
  return awaitChange();
}

async function tellUsers(
  store: VolumeStore,
  context: Context,
  users: readonly string[],
): Promise<void> {
  const blocked: ConditionInput = {
    type: CONDITIONS.Ready,
    status: "False",
    reason: REASONS.DeletionBlocked,
    message: `Waits until nobody uses it: ${users.join(", ")}`,
  };
  await report(context, store, {
    status: knownStatus(store),
    conditions: [blocked],
    progress: "working",
    action: "Delete",
  });
}

async function cleanUp(scope: Scope, store: VolumeStore, server: PooledServer): Promise<void> {
  const directory = storeDirectory(store);
  const owner = ownerFile(scope, store);
  if (!(await isClaimed(server, directory, owner))) return;
  const { browser } = await findDatastore(server.vsphere, server.datacenter, directory.datastore);
  const volumes = volumesToDelete(store);
  if (volumes !== undefined) await deletePath(server, volumes);
  await releaseDirectory(server, browser, directory, owner);
}
