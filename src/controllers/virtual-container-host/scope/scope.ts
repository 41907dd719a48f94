import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { KINDS } from "../../../api/kinds.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../../../api/volumestore.gen.ts";
import type { VSphereServer } from "../../../api/vsphereserver.gen.ts";
import { type Secret, secretKind } from "../../../kube/core-kinds.ts";
import type { Store } from "../../../kube/informer.ts";
import { keyOf } from "../../../kube/object.ts";
import type { Enqueue, ReconcileContext } from "../../../reconcile/controller.ts";
import { type VSphere, forgetLookups } from "../../../vsphere/index.ts";
import { Activities } from "../../activities/activities.ts";
import type { Dependencies } from "../../dependencies.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import { LeftSince } from "../../restoration/left-machines.ts";
import { serverKeyOf } from "../../servers/server-key.ts";
import type { Standing } from "../convergence/converge.ts";
import { GuestIso } from "../convergence/iso.ts";
import { HostWatches } from "./host-watches.ts";
import { UsageThrottle } from "./usage.ts";

export type Context = ReconcileContext<VirtualContainerHost>;

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
  /** Hosts of which a VM couldn't be made, perhaps for want of a port, since the last look at them began. */
  readonly shortOfPorts: Set<string>;
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

export function createScope(deps: Dependencies): Scope {
  const containerHosts = deps.informers.of(KINDS.VirtualContainerHost);
  const containers = deps.informers.of(KINDS.ContainerVM);
  const images = deps.informers.of(KINDS.ContainerImage);
  containerHosts.addIndex(BY_SERVER, (host) => [serverKeyOf(host)]);
  containers.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);
  images.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);
  const suspect = (key: string, lack?: "ports"): void => {
    if (lack) scope.shortOfPorts.add(key);
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
    shortOfPorts: new Set(),
    idleSince: new Map(),
    workerFailures: new Map(),
    leftSince: new LeftSince(),
    keeping: new Activities(),
    keeperFailures: new Map(),
    usage: new UsageThrottle(),
    watches: new HostWatches((key) => suspect(key)),
    queue: undefined,
  };
  deps.hosts.onSuspect(suspect);
  return scope;
}

export async function forget(scope: Scope, key: string): Promise<void> {
  scope.deps.hosts.remove(key);
  scope.verified.delete(key);
  scope.doubted.delete(key);
  scope.shortOfPorts.delete(key);
  scope.idleSince.delete(key);
  scope.workerFailures.delete(key);
  scope.keeperFailures.delete(key);
  scope.usage.forget(key);
  await scope.watches.close(key);
}

/** Keys of a server's hosts. */
export const hostsOf = ({ containerHosts }: Scope, serverKey: string): string[] =>
  containerHosts.byIndex(BY_SERVER, serverKey).map((host) => keyOf(host));
