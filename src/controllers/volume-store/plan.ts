import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import { type DatastorePath, formatDatastorePath, normalizePath } from "../../api/naming.ts";
import { keyOf } from "../../kube/object.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import type { Problem } from "../reporting/problem.ts";

/** The directory that a VolumeStore claims. */
export const storeDirectory = ({ spec }: VolumeStore): DatastorePath => ({
  datastore: spec.datastore.name,
  path: normalizePath(spec.datastore.path),
});

/** Ready, and ServerReachable where the server is the problem. */
export function storeConditions(
  store: VolumeStore,
  problem: Problem | undefined,
): ConditionInput[] {
  const server = problem && SERVER_PROBLEMS.has(problem.reason) ? problem : undefined;
  const ready: ConditionInput = problem
    ? { type: CONDITIONS.Ready, status: "False", ...problem }
    : {
        type: CONDITIONS.Ready,
        status: "True",
        reason: REASONS.Available,
        message: `${formatDatastorePath(storeDirectory(store))} is claimed`,
      };
  const reachable: ConditionInput = server
    ? { type: CONDITIONS.ServerReachable, status: "False", ...server }
    : {
        type: CONDITIONS.ServerReachable,
        status: "True",
        reason: REASONS.Available,
        message: "The VSphereServer is connected",
      };
  return [ready, reachable];
}

const SERVER_PROBLEMS: ReadonlySet<string> = new Set([
  REASONS.ServerNotFound,
  REASONS.ServerNotReady,
  REASONS.NotAllowed,
]);

/** The VirtualContainerHosts of its namespace that name a store: it can't go before they do. */
export const usersOf = (store: VolumeStore, hosts: readonly VirtualContainerHost[]): string[] =>
  hosts
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === store.metadata.namespace &&
        spec.volumeStores?.some(({ ref }) => ref === store.metadata.name),
    )
    .map((host) => `VirtualContainerHost ${keyOf(host)}`)
    .toSorted();

/** The directory of volumes that goes with a store, as a datastore path; undefined: the spec keeps them. */
export const volumesToDelete = (store: VolumeStore): string | undefined =>
  store.spec.reclaimPolicy === "Delete"
    ? `${formatDatastorePath(storeDirectory(store))}/volumes`
    : undefined;
