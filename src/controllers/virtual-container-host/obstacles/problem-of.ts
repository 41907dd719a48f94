import { REASONS } from "../../../api/conditions.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { refKey } from "../../../kube/object.ts";
import { nestingProblem } from "../../directories/nesting.ts";
import { allClaims, hostClaim, serverIdentity } from "../../directories/path-claims.ts";
import { isBeingConnected, serverProblem } from "../../placement/server-problem.ts";
import type { Problem } from "../../reporting/problem.ts";
import { serverKeyOf } from "../../servers/server-key.ts";
import { claimsOf } from "../convergence/plan.ts";
import type { Scope } from "../scope/scope.ts";
import { bridgeProblem } from "./bridge-clash.ts";
import { volumeStoreProblem } from "./volume-stores.ts";

/** What of a host's spec can't be had, as far as resources tell. */
export function problemOf(scope: Scope, host: VirtualContainerHost): Problem | undefined {
  const { informers, servers } = scope.deps;
  const { namespace } = host.metadata;
  const serverKey = serverKeyOf(host);
  const request = { serverKey, namespace, claims: claimsOf(host.spec) };
  const isConnected = servers.get(serverKey) !== undefined;
  return (
    serverProblem(scope.vsphereServers.get(serverKey), isConnected, request) ??
    nestingProblem(hostClaim(host, serverIdentity(informers)), allClaims(informers)) ??
    bridgeProblem(host, scope.containerHosts.list(), serverIdentity(informers)) ??
    volumeStoreProblem(host.spec, (name) => scope.volumeStores.get(refKey({ namespace, name })))
  );
}

/** Whether only the connection to a server is missing that nothing speaks against. */
export function isServerComing(
  { deps, vsphereServers }: Scope,
  host: VirtualContainerHost,
  problem: Problem | undefined,
): boolean {
  const key = serverKeyOf(host);
  return (
    problem?.reason === REASONS.ServerNotReady &&
    isBeingConnected(vsphereServers.get(key), deps.servers.get(key) !== undefined)
  );
}
