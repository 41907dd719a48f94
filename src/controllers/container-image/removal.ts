import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { FINALIZER } from "../../api/metadata.ts";
import { keyOf } from "../../kube/object.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import { hostTopic, type LiveHost } from "../hosts/host-registry.ts";
import type { Problem } from "../reporting/problem.ts";
import { changeWorker, deleteDisk } from "./disks.ts";
import { disksToDelete, unpackingMs } from "./plan.ts";
import {
  anyWorker,
  BY_HOST,
  type Context,
  type Disks,
  failed,
  forget,
  imagesOf,
  knownStatus,
  runningWorker,
  type Scope,
  tell,
} from "./scope.ts";

/** Deletes an image, once no container uses it, with the disks that no other image needs. */
export async function remove(
  scope: Scope,
  image: ContainerImage,
  context: Context,
): Promise<Outcome> {
  const users = scope.usersOf(image).toSorted();
  if (users.length > 0) {
    const problem = blockedBy(users);
    await tell(image, context, knownStatus(image), [failed(CONDITIONS.Ready, problem)], "working");
    return awaitChange();
  }
  const hostKey = hostKeyOf(image);
  const disks = image.status?.disks ?? [];
  // A host that is gone took its disks along, or left them to whoever takes over.
  if (scope.containerHosts.get(hostKey) && disks.length > 0) {
    const live = scope.deps.hosts.get(hostKey);
    if (!live) return park(hostTopic(hostKey));
    const leftMs = unpackingMs(image, Date.now());
    if (leftMs > 0 && runningWorker(live)) {
      const problem = { reason: REASONS.Deleting, message: "Its unpacking is being ended" };
      await tell(
        image,
        context,
        knownStatus(image),
        [failed(CONDITIONS.Ready, problem)],
        "working",
      );
      return requeueAfter(leftMs);
    }
    await deleteDisks(scope, image, live, disks);
  }
  forget(scope, keyOf(image));
  await context.removeFinalizer(image, FINALIZER);
  return awaitChange();
}

const blockedBy = (users: readonly string[]): Problem => ({
  reason: REASONS.DeletionBlocked,
  message: `Containers use it: ${users.slice(0, 10).join(", ")}${users.length > 10 ? ", …" : ""}. Delete them first.`,
});

async function deleteDisks(
  scope: Scope,
  image: ContainerImage,
  live: LiveHost,
  disks: Disks,
): Promise<void> {
  const key = keyOf(image);
  const others = scope.images
    .byIndex(BY_HOST, live.key)
    .filter(({ metadata }) => metadata.uid !== image.metadata.uid && !metadata.deletionTimestamp)
    .map(({ status }) => status?.disks ?? []);
  const chainIds = disksToDelete(disks, others);
  const store = { server: live.server, store: live.store, hostId: live.id };
  const worker = anyWorker(live);
  if (worker && disks.some(({ state }) => state !== "Ready")) {
    const change = { detach: chainIds };
    await scope.workerLock.run(live.key, () => changeWorker(store, worker.ref, change));
  }
  await scope.deps.keepers.release(live, chainIds);
  for (const chainId of chainIds) await deleteDisk(store, chainId);
  for (const { chainId } of disks) scope.builders.release(live.key, chainId, key);
  // What this image was building, another one may have waited for.
  for (const each of imagesOf(scope, live.key)) if (each !== key) scope.queue?.enqueue(each);
}
