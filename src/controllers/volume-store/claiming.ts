import { REASONS } from "../../api/conditions.ts";
import { formatDatastorePath } from "../../api/naming.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import type { EventInput } from "../../kube/events.ts";
import { ReconcileError } from "../../reconcile/errors.ts";
import { type Outcome, requeueAfter } from "../../reconcile/outcome.ts";
import { findDatastore } from "../../vsphere/index.ts";
import { claimDirectory } from "../directories/owner-file.ts";
import { allClaims, neighboursOf, serverIdentity, storeClaim } from "../directories/path-claims.ts";
import { explainError, toReconcileError } from "../failures/vsphere-failure.ts";
import { datastoreProblem } from "../placement/datastore-problem.ts";
import type { Problem } from "../reporting/problem.ts";
import { takeOverDirectory } from "../restoration/take-over.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { storeDirectory } from "./plan.ts";
import { type Context, ownerFile, type Scope, tell } from "./scope.ts";

/** After so long a directory that somebody else has is looked at again, milliseconds. */
const RETRY_MS = 60_000;

/** Claims a store's directory, or makes sure that it is claimed, and tells. */
export async function claim(
  scope: Scope,
  store: VolumeStore,
  server: PooledServer,
  context: Context,
): Promise<Outcome> {
  try {
    const taken = await converge(scope, store, server);
    await tell(store, context, taken, taken ? "stuck" : "done");
    if (!taken && store.status?.claimPath === undefined) context.event(store, claimed(store));
    return requeueAfter(taken ? RETRY_MS : scope.deps.verifyMs);
  } catch (cause) {
    const error = toReconcileError(cause);
    if (error instanceof ReconcileError)
      await tell(store, context, explainError(error), "working", error.handling !== "waiting");
    throw error;
  }
}

async function converge(
  scope: Scope,
  store: VolumeStore,
  server: PooledServer,
): Promise<Problem | undefined> {
  const { informers } = scope.deps;
  const directory = storeDirectory(store);
  const owner = ownerFile(scope, store);
  const datastore = await findDatastore(server.vsphere, server.datacenter, directory.datastore);
  const unusable = datastoreProblem(datastore);
  if (unusable) return unusable;
  const neighbours = neighboursOf(
    storeClaim(store, serverIdentity(informers)),
    allClaims(informers),
  );
  const former = store.spec.adopt?.installation;
  if (former !== undefined) await takeOverDirectory(server, directory, owner, former);
  return claimDirectory(server, directory, owner, neighbours);
}

const claimed = (store: VolumeStore): EventInput => ({
  type: "Normal",
  reason: REASONS.Claimed,
  action: "ClaimDirectory",
  note: `Claimed ${formatDatastorePath(storeDirectory(store))}`,
});
