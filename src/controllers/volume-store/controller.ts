import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import { idOfStore } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import type { OwnerFile } from "../../api/markers.ts";
import { ANNOTATIONS, FINALIZER } from "../../api/metadata.ts";
import { formatDatastorePath, OWNER_FILE } from "../../api/naming.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import type { EventInput } from "../../kube/events.ts";
import { keyOf } from "../../kube/object.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import {
  type ControllerSpec,
  type ReconcileContext,
  watching,
} from "../../reconcile/controller.ts";
import { ReconcileError } from "../../reconcile/errors.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import { findDatastore } from "../../vsphere/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { nestingProblem } from "../directories/nesting.ts";
import { explainError, toReconcileError } from "../failures/vsphere-failure.ts";
import { datastoreProblem } from "../placement/datastore-problem.ts";
import { deletePath } from "../directories/delete-path.ts";
import { claimDirectory, isClaimed, releaseDirectory } from "../directories/owner-file.ts";
import { allClaims, neighboursOf, serverIdentity, storeClaim } from "../directories/path-claims.ts";
import { isBeingConnected, serverProblem } from "../placement/server-problem.ts";
import type { Problem } from "../reporting/problem.ts";
import { isTold, report } from "../reporting/report.ts";
import { takeOverDirectory } from "../restoration/take-over.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import { type PooledServer, serverTopic } from "../servers/server-pool.ts";
import { storeConditions, storeDirectory, usersOf, volumesToDelete } from "./plan.ts";

type Context = ReconcileContext<VolumeStore>;

/** Claims the directory of each VolumeStore. */
export function volumeStoreController(deps: Dependencies): ControllerSpec<VolumeStore> {
  const { informers, servers } = deps;
  const stores = informers.of(KINDS.VolumeStore);
  const containerHosts = informers.of(KINDS.VirtualContainerHost);
  const vsphereServers = informers.of(KINDS.VSphereServer);
  stores.addIndex(BY_SERVER, (store) => [serverKeyOf(store)]);
  const ofServer = (key: string): string[] => stores.store.byIndex(BY_SERVER, key).map(keyOf);

  const ownerFile = (store: VolumeStore): OwnerFile => ({
    installation: deps.installation,
    kind: "VolumeStore",
    namespace: store.metadata.namespace,
    name: store.metadata.name,
    id: idOfStore(store),
  });

  function problemOf(store: VolumeStore): Problem | undefined {
    const key = serverKeyOf(store);
    const { datastore, path } = storeDirectory(store);
    const claims = [{ kind: "datastore", datastore, path } as const];
    const request = { serverKey: key, namespace: store.metadata.namespace, claims };
    return (
      serverProblem(vsphereServers.store.get(key), servers.get(key) !== undefined, request) ??
      nestingProblem(storeClaim(store, serverIdentity(informers)), allClaims(informers))
    );
  }

  /** Whether only the connection to a server is missing that nothing speaks against. */
  function isServerComing(store: VolumeStore, problem: Problem | undefined): boolean {
    const key = serverKeyOf(store);
    return (
      problem?.reason === REASONS.ServerNotReady &&
      isBeingConnected(vsphereServers.store.get(key), servers.get(key) !== undefined)
    );
  }

  async function converge(store: VolumeStore, server: PooledServer): Promise<Problem | undefined> {
    const datastore = await findDatastore(
      server.vsphere,
      server.datacenter,
      store.spec.datastore.name,
    );
    const unusable = datastoreProblem(datastore);
    if (unusable) return unusable;
    const claim = storeClaim(store, serverIdentity(informers));
    const neighbours = neighboursOf(claim, allClaims(informers));
    const directory = storeDirectory(store);
    const former = store.spec.adopt?.installation;
    if (former !== undefined) await takeOverDirectory(server, directory, ownerFile(store), former);
    return claimDirectory(server, directory, ownerFile(store), neighbours);
  }

  async function tell(
    store: VolumeStore,
    context: Context,
    problem: Problem | undefined,
    progress: "working" | "stuck" | "done",
    silent = false,
  ): Promise<void> {
    await report(context, store, {
      status: {
        ...knownStatus(store),
        id: idOfStore(store),
        ...(problem
          ? {}
          : { claimPath: `${formatDatastorePath(storeDirectory(store))}/${OWNER_FILE}` }),
      },
      conditions: storeConditions(store, problem),
      progress,
      action: "ClaimDirectory",
      silent,
    });
  }

  async function remove(store: VolumeStore, context: Context): Promise<Outcome> {
    const users = usersOf(store, containerHosts.store.list(store.metadata.namespace));
    if (users.length > 0) {
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
      return awaitChange();
    }
    const server = servers.get(serverKeyOf(store));
    const forced = store.metadata.annotations?.[ANNOTATIONS.forceDelete] === "true";
    if (store.status?.claimPath && !server && !forced) {
      const problem = problemOf(store);
      if (!isServerComing(store, problem) || !isTold(store))
        await tell(store, context, problem, "working");
      return park(serverTopic(serverKeyOf(store)));
    }
    if (server && store.status?.id) await cleanUp(store, server);
    else if (forced && store.status?.claimPath) {
      const note = `Left behind in vSphere: ${formatDatastorePath(storeDirectory(store))}`;
      context.event(store, { type: "Warning", reason: REASONS.Abandoned, action: "Delete", note });
    }
    await context.removeFinalizer(store, FINALIZER);
    return awaitChange();
  }

  async function cleanUp(store: VolumeStore, server: PooledServer): Promise<void> {
    const directory = storeDirectory(store);
    if (!(await isClaimed(server, directory, ownerFile(store)))) return;
    const { browser } = await findDatastore(server.vsphere, server.datacenter, directory.datastore);
    const volumes = volumesToDelete(store);
    if (volumes !== undefined) await deletePath(server, volumes);
    await releaseDirectory(server, browser, directory, ownerFile(store));
  }

  return {
    name: "volumestore",
    kind: KINDS.VolumeStore,
    watches: [
      watching(KINDS.VSphereServer, (server) => ofServer(keyOf(server))),
      // A path that another resource gave up may be free now, and a host that went no longer uses its stores.
      watching(KINDS.VirtualContainerHost, (host) =>
        stores.store
          .list()
          .filter(
            (each) =>
              serverKeyOf(each) === serverKeyOf(host) ||
              host.spec.volumeStores?.some(({ ref }) => ref === each.metadata.name),
          )
          .map(keyOf),
      ),
      watching(KINDS.VolumeStore, (store) => ofServer(serverKeyOf(store))),
    ],
    sources: [
      {
        name: "servers",
        run: (queue, signal) => {
          const stop = servers.onChange((key) => {
            queue.wake(serverTopic(key));
            for (const store of ofServer(key)) queue.enqueue(store);
          });
          signal.addEventListener("abort", stop, { once: true });
        },
      },
    ],
    async reconcile({ object: store }, context): Promise<Outcome> {
      if (!store) return awaitChange();
      if (store.metadata.deletionTimestamp) return remove(store, context);
      if (await context.ensureFinalizer(store, FINALIZER)) return awaitChange();
      const problem = problemOf(store);
      const server = servers.get(serverKeyOf(store));
      const isComing = isServerComing(store, problem);
      if (isComing && isTold(store)) return park(serverTopic(serverKeyOf(store)));
      if (problem || !server) {
        await tell(
          store,
          context,
          problem,
          problem?.reason === REASONS.ServerNotReady ? "working" : "stuck",
          isComing,
        );
        return problem?.reason === REASONS.ServerNotReady
          ? park(serverTopic(serverKeyOf(store)))
          : awaitChange();
      }
      try {
        const taken = await converge(store, server);
        await tell(store, context, taken, taken ? "stuck" : "done");
        if (!taken && store.status?.claimPath === undefined) context.event(store, claimed(store));
        return requeueAfter(taken ? 60_000 : deps.verifyMs);
      } catch (cause) {
        const error = toReconcileError(cause);
        if (error instanceof ReconcileError)
          await tell(store, context, explainError(error), "working", error.handling !== "waiting");
        throw error;
      }
    },
  };
}

const BY_SERVER = "server";

const claimed = (store: VolumeStore): EventInput => ({
  type: "Normal",
  reason: REASONS.Claimed,
  action: "ClaimDirectory",
  note: `Claimed ${formatDatastorePath(storeDirectory(store))}`,
});

function knownStatus({
  status,
}: VolumeStore): Pick<NonNullable<VolumeStore["status"]>, "id" | "claimPath"> {
  return {
    ...(status?.id === undefined ? {} : { id: status.id }),
    ...(status?.claimPath === undefined ? {} : { claimPath: status.claimPath }),
  };
}
