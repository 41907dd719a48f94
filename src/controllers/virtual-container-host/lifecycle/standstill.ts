import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { identityOf } from "../convergence/identity.ts";
import type { Scope } from "../scope/scope.ts";
import { publishForDeletion } from "./removal.ts";

/**
 * Lets the containers of a host that may not be converged, because it isn't allowed any more or its claims clash, see vSphere: they can be looked at,
 * stopped and deleted, also by an operator that has just started. Nothing new is made for it.
 *
 * @param isLasting only a person can change it; where it passes by itself, what was known of the host stands
 */
export async function standStill(
  scope: Scope,
  server: PooledServer,
  host: VirtualContainerHost,
  isLasting: boolean,
): Promise<void> {
  const { deps, verified } = scope;
  const known = deps.hosts.get(keyOf(host));
  const isStanding = known?.server === server && !(isLasting && known.equipment);
  // Of one that never stood there is nothing to be seen.
  if (isStanding || host.status?.vsphere === undefined) return;
  verified.delete(keyOf(host));
  await publishForDeletion(scope, server, host, identityOf(host, deps.installation));
}
