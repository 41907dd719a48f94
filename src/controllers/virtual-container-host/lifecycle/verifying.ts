import type { DatastorePath } from "../../../api/naming.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { NotFoundByNameError } from "../../../vsphere/index.ts";
import {
  allClaims,
  hostClaim,
  neighboursOf,
  serverIdentity,
} from "../../directories/path-claims.ts";
import { type Problem, isProblem } from "../../reporting/problem.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { converge } from "../convergence/converge.ts";
import type { HostIdentity } from "../convergence/identity.ts";
import { equipmentOf, objectsOf } from "../convergence/standing.ts";
import { stepEvent } from "../convergence/step-events.ts";
import type { Context, Scope, Verified } from "../scope/scope.ts";
import { publishForDeletion } from "./removal.ts";

/** Makes sure of a host in vSphere, unless that was done and nothing has changed since. */
export async function verify(
  scope: Scope,
  host: VirtualContainerHost,
  server: PooledServer,
  me: HostIdentity,
  context: Context,
): Promise<Verified | Problem> {
  const { deps, verified, doubted, watches } = scope;
  const known = verified.get(me.key);
  const { generation } = host.metadata;
  const isSame = known?.generation === generation && known.vsphere === server.vsphere;
  if (isSame && Date.now() - known.atMs < deps.verifyMs) return known;
  const isShort = scope.shortOfPorts.delete(me.key);
  const site = { server, me, neighbours: neighboursOfHost(scope, host), isShort };
  doubted.delete(me.key);
  // Containers of a host that isn't in order can still be looked at and deleted.
  const publish = (): Promise<void> =>
    publishForDeletion(scope, server, host, me).catch(() => undefined);
  const standing = await converge(site, host, scope.guestIso, (step) => {
    const event = stepEvent(step, me, host.status?.vsphere);
    if (event) context.event(host, event);
  }).catch(async (error: unknown) => {
    if (error instanceof NotFoundByNameError) await publish();
    throw error;
  });
  if (isProblem(standing)) {
    await publish();
    return standing;
  }
  // Their names are asked for now, so that no container pays for it.
  for (const each of standing.ground.compute.hosts) deps.servers.hostName(server, each);
  const equipment = equipmentOf(me, server, standing);
  await watches.ensure(me.key, server.vsphere, equipment.members, objectsOf(standing));
  const fresh: Verified = { generation, vsphere: server.vsphere, atMs: Date.now(), standing };
  // What changed during the look may have been looked at before: the next turn, which is due, looks again.
  if (!doubted.has(me.key)) verified.set(me.key, fresh);
  const { key, id, store } = me;
  deps.hosts.put({ key, id, server, store, members: equipment.members, equipment });
  return fresh;
}

/** The directories that other resources claim on a host's datastore. */
function neighboursOfHost({ deps }: Scope, host: VirtualContainerHost): DatastorePath[] {
  const claim = hostClaim(host, serverIdentity(deps.informers));
  return neighboursOf(claim, allClaims(deps.informers));
}
