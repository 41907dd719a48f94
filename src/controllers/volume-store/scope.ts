import { REASONS } from "../../api/conditions.ts";
import { idOfStore } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import type { OwnerFile } from "../../api/markers.ts";
import { formatDatastorePath, OWNER_FILE } from "../../api/naming.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import type { Store } from "../../kube/informer.ts";
import { keyOf } from "../../kube/object.ts";
import type { ReconcileContext } from "../../reconcile/controller.ts";
import type { Dependencies } from "../dependencies.ts";
import { nestingProblem } from "../directories/nesting.ts";
import { allClaims, serverIdentity, storeClaim } from "../directories/path-claims.ts";
import { isBeingConnected, serverProblem } from "../placement/server-problem.ts";
import type { Problem } from "../reporting/problem.ts";
import { type Progress, report } from "../reporting/report.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import { storeConditions, storeDirectory } from "./plan.ts";

export type Context = ReconcileContext<VolumeStore>;

/** What the parts of the VolumeStore controller work with. */
export interface Scope {
  readonly deps: Dependencies;
  readonly stores: Store<VolumeStore>;
  readonly containerHosts: Store<VirtualContainerHost>;
  readonly vsphereServers: Store<VSphereServer>;
}

const BY_SERVER = "server";

export function createScope(deps: Dependencies): Scope {
  const { informers } = deps;
  const stores = informers.of(KINDS.VolumeStore);
  stores.addIndex(BY_SERVER, (store) => [serverKeyOf(store)]);
  return {
    deps,
    stores: stores.store,
    containerHosts: informers.of(KINDS.VirtualContainerHost).store,
    vsphereServers: informers.of(KINDS.VSphereServer).store,
  };
}

/** Keys of a server's stores. */
export const storesOf = ({ stores }: Scope, serverKey: string): string[] =>
  stores.byIndex(BY_SERVER, serverKey).map(keyOf);

/** What claims a store's directory. */
export const ownerFile = ({ deps }: Scope, store: VolumeStore): OwnerFile => ({
  installation: deps.installation,
  kind: "VolumeStore",
  namespace: store.metadata.namespace,
  name: store.metadata.name,
  id: idOfStore(store),
});

/** What of a store's spec can't be had, as far as resources tell. */
export function problemOf(
  { deps: { informers, servers }, vsphereServers }: Scope,
  store: VolumeStore,
): Problem | undefined {
  const key = serverKeyOf(store);
  const { datastore, path } = storeDirectory(store);
  const claims = [{ kind: "datastore", datastore, path } as const];
  const request = { serverKey: key, namespace: store.metadata.namespace, claims };
  return (
    serverProblem(vsphereServers.get(key), servers.get(key) !== undefined, request) ??
    nestingProblem(storeClaim(store, serverIdentity(informers)), allClaims(informers))
  );
}

/** Whether only the connection to a server is missing that nothing speaks against. */
export function isServerComing(
  { deps: { servers }, vsphereServers }: Scope,
  store: VolumeStore,
  problem: Problem | undefined,
): boolean {
  const key = serverKeyOf(store);
  return (
    problem?.reason === REASONS.ServerNotReady &&
    isBeingConnected(vsphereServers.get(key), servers.get(key) !== undefined)
  );
}

/** Says that a store's directory is claimed, or what is in its way. */
export async function tell(
  store: VolumeStore,
  context: Context,
  problem: Problem | undefined,
  progress: Progress,
  silent = false,
): Promise<void> {
  const claimPath = `${formatDatastorePath(storeDirectory(store))}/${OWNER_FILE}`;
  await report(context, store, {
    status: { ...knownStatus(store), id: idOfStore(store), ...(problem ? {} : { claimPath }) },
    conditions: storeConditions(store, problem),
    progress,
    action: "ClaimDirectory",
    silent,
  });
}

/** What was found earlier. */
export function knownStatus({
  status,
}: VolumeStore): Pick<NonNullable<VolumeStore["status"]>, "id" | "claimPath"> {
  return {
    ...(status?.id === undefined ? {} : { id: status.id }),
    ...(status?.claimPath === undefined ? {} : { claimPath: status.claimPath }),
  };
}
