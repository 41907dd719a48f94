import { REASONS } from "../../../api/conditions.ts";
import { KINDS } from "../../../api/kinds.ts";
import { parseHostMarker } from "../../../api/markers.ts";
import { ANNOTATIONS, FINALIZER } from "../../../api/metadata.ts";
import { formatDatastorePath } from "../../../api/naming.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { Store } from "../../../kube/informer.ts";
import { type KubeObject, keyOf } from "../../../kube/object.ts";
import { type Outcome, awaitChange, park, requeueAfter } from "../../../reconcile/outcome.ts";
import { parseMoref } from "../../../vsphere/index.ts";
import { listed } from "../../reporting/listed.ts";
import type { Problem } from "../../reporting/problem.ts";
import { isTold } from "../../reporting/report.ts";
import { serverKeyOf } from "../../servers/server-key.ts";
import { type PooledServer, serverTopic } from "../../servers/server-pool.ts";
import { readContainer } from "../convergence/containers-of.ts";
import { lookUpFooting } from "../convergence/ground.ts";
import { type HostIdentity, identityOf } from "../convergence/identity.ts";
import { membersOf, observeRemains } from "../convergence/observe.ts";
import { isServerComing, problemOf } from "../obstacles/problem-of.ts";
import { BY_HOST, type Context, type Scope, forget } from "../scope/scope.ts";
import { tellProblem } from "../status/problem.ts";
import { deleteChildren } from "./children.ts";
import { cleanUp } from "./clean-up.ts";
import { type Remains, planDeletion } from "./deletion-plan.ts";

/** After so long what strangers keep from being deleted is looked at again, milliseconds. */
const RETRY_MS = 30_000;

/** What is done to its keepers ends first; looked at again after so long, milliseconds. */
const KEEPING_MS = 200;

/** Deletes a host as its policy says: its containers and images first, then what it has in vSphere. */
export async function remove(
  scope: Scope,
  host: VirtualContainerHost,
  context: Context,
): Promise<Outcome> {
  const { deps } = scope;
  const me = identityOf(host, deps.installation);
  const server = deps.servers.get(serverKeyOf(host));
  // What containers and images need to go while their host goes too.
  if (server && !deps.hosts.get(me.key)) await publishForDeletion(scope, server, host, me);
  if (scope.keeping.running(me.key)) return requeueAfter(KEEPING_MS);
  const live = deps.hosts.get(me.key);
  const tell = (problem: Problem, progress: "working" | "stuck"): Promise<void> =>
    tellProblem(scope, host, context, problem, progress);
  const step = planDeletion(host.spec.deletionPolicy, remainsOf(scope, me.key));
  switch (step.do) {
    case "block":
      await tell({ reason: REASONS.DeletionBlocked, message: step.message }, "stuck");
      return awaitChange();
    case "wait":
      await tell({ reason: REASONS.Deleting, message: step.message }, "working");
      return awaitChange();
    case "deleteContainers":
      await deleteChildren(
        context.client,
        host,
        KINDS.ContainerVM,
        found(scope.containers, step.keys),
      );
      await tell({ reason: REASONS.Deleting, message: "Deleting its containers" }, "working");
      return awaitChange();
    case "deleteImages":
      // So that no image has to take a disk off them.
      if (live) await deps.keepers.hold(live, []);
      await deleteChildren(
        context.client,
        host,
        KINDS.ContainerImage,
        found(scope.images, step.keys),
      );
      await tell({ reason: REASONS.Deleting, message: "Deleting its images" }, "working");
      return awaitChange();
    case "letGo":
      return letGo(scope, host, me, context);
    case "cleanUp":
      break;
  }
  if (!server) return removeUnconnected(scope, host, me, context);
  const strangers = await takeAway(scope, server, host, me);
  if (strangers.length === 0) return letGo(scope, host, me, context);
  const message = `Not ours, and in the way: ${listed(strangers)}. Move or delete them in vSphere.`;
  await tell({ reason: REASONS.DeletionBlocked, message }, "stuck");
  return requeueAfter(RETRY_MS);
}

/** Goes on where the server isn't connected: nothing can be taken away, unless there is nothing, or somebody wants it left behind. */
async function removeUnconnected(
  scope: Scope,
  host: VirtualContainerHost,
  me: HostIdentity,
  context: Context,
): Promise<Outcome> {
  // A VSphereServer doesn't go while somebody uses it: where there is none, nothing was made.
  const isServerThere = scope.vsphereServers.get(serverKeyOf(host)) !== undefined;
  if (!isServerThere || host.metadata.annotations?.[ANNOTATIONS.forceDelete] === "true") {
    if (host.status?.vsphere || isServerThere) abandon(host, me, context);
    return letGo(scope, host, me, context);
  }
  const problem = problemOf(scope, host);
  if (!isServerComing(scope, host, problem) || !isTold(host))
    await tellProblem(scope, host, context, problem ?? NOT_CONNECTED, "working");
  return park(serverTopic(serverKeyOf(host)));
}

const NOT_CONNECTED: Problem = {
  reason: REASONS.ServerNotReady,
  message: "The VSphereServer isn't connected.",
};

const found = <T extends KubeObject>(store: Store<T>, keys: readonly string[]): T[] =>
  keys.flatMap((key) => store.get(key) ?? []);

function remainsOf({ containers, images }: Scope, key: string): Remains {
  const split = (objects: readonly KubeObject[]): [left: string[], going: string[]] => [
    objects.filter((each) => !each.metadata?.deletionTimestamp).map(keyOf),
    objects.filter((each) => each.metadata?.deletionTimestamp).map(keyOf),
  ];
  const [leftContainers, deletingContainers] = split(containers.byIndex(BY_HOST, key));
  const [leftImages, deletingImages] = split(images.byIndex(BY_HOST, key));
  return { containers: leftContainers, deletingContainers, images: leftImages, deletingImages };
}

/** Lets containers and images of a host see vSphere, and make nothing new. */
export async function publishForDeletion(
  { deps, watches }: Scope,
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
): Promise<void> {
  const sight = await observeRemains(server, host, me, await lookUpFooting(server, host.spec));
  const members = membersOf(sight);
  if (!members && (await isTakenOver(server, host, me))) {
    // Its VMs are another installation's by now: nothing of theirs may be touched, their directories included.
    deps.hosts.remove(me.key);
    return;
  }
  // Whoever mends what it stands on is noticed by the watches that it has.
  await watches.ensure(me.key, server.vsphere, members);
  const { key, id, store } = me;
  deps.hosts.put({ key, id, server, store, members, equipment: undefined });
}

/** Whether the vApp or pool that was this host's is marked as another installation's. */
async function isTakenOver(
  server: PooledServer,
  { status }: VirtualContainerHost,
  me: HostIdentity,
): Promise<boolean> {
  const { vApp, resourcePool } = status?.vsphere ?? {};
  const ref = parseMoref(vApp?.moRef ?? resourcePool?.moRef ?? "");
  const marker = parseHostMarker(ref && (await readContainer(server, ref))?.marker);
  return marker?.id === me.id && marker.installation !== me.installation;
}

/** Takes a host away in vSphere. Returns names of what isn't ours and in the way. */
async function takeAway(
  { watches }: Scope,
  server: PooledServer,
  host: VirtualContainerHost,
  me: HostIdentity,
): Promise<string[]> {
  const footing = await lookUpFooting(server, host.spec);
  const sight = await observeRemains(server, host, me, footing);
  const members = membersOf(sight);
  await watches.ensure(me.key, server.vsphere, members, members ? [members] : []);
  return cleanUp(server, me, footing, sight);
}

function abandon(host: VirtualContainerHost, me: HostIdentity, context: Context): void {
  const { vApp, resourcePool, folder, portGroup } = host.status?.vsphere ?? {};
  const left = [
    vApp && `vApp "${vApp.name}"`,
    resourcePool && `resource pool "${resourcePool.name}"`,
    folder && `folder "${folder.name}"`,
    portGroup && `port group "${portGroup.name}"`,
    formatDatastorePath(me.root),
  ];
  const note = `Left behind in vSphere: ${left.filter((each) => each !== undefined).join(", ")}`;
  context.event(host, { type: "Warning", reason: REASONS.Abandoned, action: "Delete", note });
}

async function letGo(
  scope: Scope,
  host: VirtualContainerHost,
  me: HostIdentity,
  context: Context,
): Promise<Outcome> {
  await forget(scope, me.key);
  await context.removeFinalizer(host, FINALIZER);
  return awaitChange();
}
