import { morefKey, forgetLookups, type MoRef, type VSphere } from "../../vsphere/index.ts";
import { REASONS } from "../../api/conditions.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import type { DatastorePath } from "../../api/naming.ts";
import type {
  VirtualContainerHost,
  VirtualContainerHostStatusVsphere,
} from "../../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import { type Secret, secretKind } from "../../kube/core-kinds.ts";
import type { Store } from "../../kube/informer.ts";
import { keyOf, refKey } from "../../kube/object.ts";
import type { Enqueue, ReconcileContext } from "../../reconcile/controller.ts";
import { Activities } from "../activities/activities.ts";
import type { Dependencies } from "../dependencies.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import type { Equipment } from "../hosts/host-registry.ts";
import { allClaims, hostClaim, neighboursOf, serverIdentity } from "../placement/path-claims.ts";
import {
  isBeingConnected,
  nestingProblem,
  type Problem,
  serverProblem,
} from "../placement/problem.ts";
import { type Progress, report } from "../reporting/report.ts";
import { LeftSince } from "../restoration/left-machines.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { bridgeProblem } from "./bridge-clash.ts";
import { problemConditions } from "./conditions-of.ts";
import type { Standing } from "./converge.ts";
import { type DockerServing, endpointClaims } from "./docker-endpoint.ts";
import { HostWatches } from "./host-watches.ts";
import type { HostIdentity } from "./identity.ts";
import { GuestIso } from "./iso.ts";
import { claimsOf } from "./plan.ts";
import { UsageThrottle } from "./usage.ts";
import { volumeStoreProblem } from "./volume-stores.ts";

export type Context = ReconcileContext<VirtualContainerHost>;
type Status = NonNullable<VirtualContainerHost["status"]>;

/** What was made sure of in vSphere, so that nothing is asked again while nothing changed. */
export interface Verified {
  readonly generation: number;
  readonly vsphere: VSphere;
  readonly atMs: number;
  readonly standing: Standing;
}

/** What the parts of the VirtualContainerHost controller work with. */
export interface Scope {
  readonly deps: Dependencies;
  readonly containerHosts: Store<VirtualContainerHost>;
  readonly vsphereServers: Store<VSphereServer>;
  readonly volumeStores: Store<VolumeStore>;
  readonly containers: Store<ContainerVM>;
  readonly images: Store<ContainerImage>;
  readonly secrets: Store<Secret>;
  readonly guestIso: GuestIso;
  readonly verified: Map<string, Verified>;
  /** Hosts of which something changed since the last look at them began. */
  readonly doubted: Set<string>;
  /** Since when nothing wanted a host's worker, milliseconds. */
  readonly idleSince: Map<string, number>;
  /** What vSphere refused about a host's worker, how often in a row, and until when it isn't tried again. */
  readonly workerFailures: Map<
    string,
    { readonly count: number; readonly message: string; readonly retryAtMs: number }
  >;
  readonly leftSince: LeftSince;
  /** Work on hosts' keepers. */
  readonly keeping: Activities;
  /** How often in a row vSphere refused something about a host's keepers, and until when it isn't tried again. */
  readonly keeperFailures: Map<string, { readonly count: number; readonly retryAtMs: number }>;
  readonly usage: UsageThrottle;
  readonly watches: HostWatches;
  /** Of the controller, once it runs. */
  queue: Enqueue | undefined;
}

export const BY_SERVER = "server";
export const BY_HOST = "host";
export const BY_ENDPOINT = "endpoint";

export function createScope(deps: Dependencies): Scope {
  const containerHosts = deps.informers.of(KINDS.VirtualContainerHost);
  const containers = deps.informers.of(KINDS.ContainerVM);
  const images = deps.informers.of(KINDS.ContainerImage);
  containerHosts.addIndex(BY_SERVER, (host) => [serverKeyOf(host)]);
  containerHosts.addIndex(BY_ENDPOINT, endpointClaims);
  containers.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);
  images.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);
  const suspect = (key: string): void => {
    scope.verified.delete(key);
    scope.doubted.add(key);
    const live = deps.hosts.get(key);
    if (live) forgetLookups(live.server.vsphere);
    scope.queue?.enqueue(key);
  };
  const scope: Scope = {
    deps,
    containerHosts: containerHosts.store,
    vsphereServers: deps.informers.of(KINDS.VSphereServer).store,
    volumeStores: deps.informers.of(KINDS.VolumeStore).store,
    containers: containers.store,
    images: images.store,
    secrets: deps.informers.of(secretKind).store,
    guestIso: new GuestIso(deps.guestIsoFile),
    verified: new Map(),
    doubted: new Set(),
    idleSince: new Map(),
    workerFailures: new Map(),
    leftSince: new LeftSince(),
    keeping: new Activities(),
    keeperFailures: new Map(),
    usage: new UsageThrottle(),
    watches: new HostWatches(suspect),
    queue: undefined,
  };
  deps.hosts.onSuspect(suspect);
  return scope;
}

export async function forget(scope: Scope, key: string): Promise<void> {
  scope.deps.hosts.remove(key);
  scope.verified.delete(key);
  scope.doubted.delete(key);
  scope.idleSince.delete(key);
  scope.workerFailures.delete(key);
  scope.keeperFailures.delete(key);
  scope.usage.forget(key);
  await scope.watches.close(key);
}

/** Keys of a server's hosts. */
export const hostsOf = ({ containerHosts }: Scope, serverKey: string): string[] =>
  containerHosts.byIndex(BY_SERVER, serverKey).map((host) => keyOf(host));

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

/** The directories that other resources claim on a host's datastore. */
export function neighboursOfHost({ deps }: Scope, host: VirtualContainerHost): DatastorePath[] {
  const claim = hostClaim(host, serverIdentity(deps.informers));
  return neighboursOf(claim, allClaims(deps.informers));
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

/** Says what is in a host's way. What was found earlier stands: nobody can look now. */
export async function tellProblem(
  scope: Scope,
  host: VirtualContainerHost,
  context: Context,
  problem: Problem,
  progress: Progress,
  { silent = false, docker }: { readonly silent?: boolean; readonly docker?: DockerServing } = {},
): Promise<void> {
  const { conditions: _c, observedGeneration: _g, ...known }: Status = host.status ?? {};
  const id = host.status?.id ?? host.metadata.uid;
  await report(context, host, {
    status: {
      ...known,
      id,
      installation: scope.deps.installation,
      ...(docker ? { docker: docker.status } : {}),
    },
    conditions: [...problemConditions(problem), ...(docker ? [docker.condition] : [])],
    progress,
    action: host.metadata.deletionTimestamp ? "Delete" : "Converge",
    silent,
  });
}

export function equipmentOf(
  me: HostIdentity,
  { datacenter }: PooledServer,
  { sight, ground, bridge, iso }: Standing,
): Equipment {
  const folder = sight.observed.folder?.ref ?? datacenter.vmFolder;
  const { container } = sight;
  const isVApp = container?.kind === "VApp";
  return {
    members: container?.ref ?? folder,
    place: isVApp ? { vApp: container.ref } : { folder, pool: container?.ref ?? ground.pool },
    bridge,
    management: ground.management,
    browser: ground.datastore.browser,
    isoPath: `${me.paths.isoDirectory}/${iso.fileName}`,
  };
}

/** Objects whose change or end makes a host suspect: its own, and where its port group stands on each ESXi host, these. */
export function objectsOf({ sight, ground, bridge }: Standing): MoRef[] {
  const { container, observed } = sight;
  const portGroup = sight.bridge && bridge;
  const hosts = ground.bridge.kind === "standard" ? [ground.compute] : [];
  return [container, observed.folder, portGroup, ...hosts].flatMap((each) => each?.ref ?? []);
}

/** Where everything of a host is in vSphere, for its status. */
export function placesOf({ sight, ground, bridge }: Standing): VirtualContainerHostStatusVsphere {
  const place = ({ name, ref }: { readonly name: string; readonly ref: MoRef }) => ({
    name,
    moRef: morefKey(ref),
  });
  const { container, observed } = sight;
  return {
    ...(container?.kind === "VApp" ? { vApp: place(container) } : {}),
    ...(container?.kind === "ResourcePool" ? { resourcePool: place(container) } : {}),
    ...(observed.folder ? { folder: place(observed.folder) } : {}),
    portGroup: place(bridge),
    managementPortGroup: place(ground.management),
    datastore: place(ground.datastore),
  };
}
