import { REASONS } from "../../api/conditions.ts";
import { instanceUuid, workerId } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import { ANNOTATIONS, FINALIZER } from "../../api/metadata.ts";
import { formatDatastorePath, linkSecretName, vmPaths } from "../../api/naming.ts";
import type {
  VirtualContainerHost,
  VirtualContainerHostStatusVsphere,
} from "../../api/virtualcontainerhost.gen.ts";
import { secretKind } from "../../kube/core-kinds.ts";
import { isNotFound } from "../../kube/errors.ts";
import { keyOf, parseKey, refKey } from "../../kube/object.ts";
import {
  type ControllerSpec,
  type Enqueue,
  type ReconcileContext,
  watching,
} from "../../reconcile/controller.ts";
import { ReconcileError } from "../../reconcile/errors.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import { forgetLookups, type MoRef, morefKey, type VSphere } from "../../vsphere/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { explainError, toReconcileError } from "../failures/vsphere-failure.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import type { Equipment } from "../hosts/host-registry.ts";
import { allClaims, hostClaim, serverIdentity } from "../placement/path-claims.ts";
import { nestingProblem, type Problem, serverProblem } from "../placement/problem.ts";
import { type Progress, report } from "../reporting/report.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import { type PooledServer, serverTopic } from "../servers/server-pool.ts";
import { markerOfOurs } from "../virtual-machines/ours.ts";
import { powerOn, removeVm } from "../virtual-machines/power.ts";
import { cleanUp } from "./clean-up.ts";
import { hostConditions } from "./conditions-of.ts";
import { converge, type Standing } from "./converge.ts";
import { listed, planDeletion, type Remains } from "./deletion-plan.ts";
import { HostWatches } from "./host-watches.ts";
import { type HostIdentity, identityOf } from "./identity.ts";
import { GuestIso } from "./iso.ts";
import { createLinkSecret, linkKeyOf } from "./link-secret.ts";
import { isProblem, lookUpGround, observeHost } from "./observe.ts";
import { claimsOf } from "./plan.ts";
import { isOrphan, Orphans } from "./sweep.ts";
import { countUsage, UsageThrottle } from "./usage.ts";
import { volumeStoreProblem } from "./volume-stores.ts";
import { createWorker, findWorker, observeWorker, workerSpec } from "./worker.ts";
import {
  planWorker,
  usesWorker,
  wantsWorker,
  workerCondition,
  workerStatus,
} from "./worker-plan.ts";

type Context = ReconcileContext<VirtualContainerHost>;
type Status = NonNullable<VirtualContainerHost["status"]>;

/** What was made sure of in vSphere, so that nothing is asked again while nothing changed. */
interface Verified {
  readonly generation: number;
  readonly vsphere: VSphere;
  readonly atMs: number;
  readonly standing: Standing;
}

const BY_SERVER = "server";
const BY_HOST = "host";

/** Makes each VirtualContainerHost real in vSphere, repairs it, and takes it away. */
export function virtualContainerHostController(
  deps: Dependencies,
): ControllerSpec<VirtualContainerHost> {
  const { informers, servers, hosts, installation } = deps;
  const containerHosts = informers.of(KINDS.VirtualContainerHost);
  const vsphereServers = informers.of(KINDS.VSphereServer);
  const volumeStores = informers.of(KINDS.VolumeStore);
  const containers = informers.of(KINDS.ContainerVM);
  const images = informers.of(KINDS.ContainerImage);
  const secrets = informers.of(secretKind);
  containerHosts.addIndex(BY_SERVER, (host) => [serverKeyOf(host)]);
  containers.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);
  images.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);

  let queue: Enqueue | undefined;
  const guestIso = new GuestIso(deps.guestIsoFile);
  const verified = new Map<string, Verified>();
  const idleSince = new Map<string, number>();
  const orphans = new Orphans();
  const usage = new UsageThrottle();
  const suspect = (key: string): void => {
    verified.delete(key);
    const live = hosts.get(key);
    if (live) forgetLookups(live.server.vsphere);
    queue?.enqueue(key);
  };
  const watches = new HostWatches(suspect);
  hosts.onSuspect(suspect);

  function problemOf(host: VirtualContainerHost): Problem | undefined {
    const key = serverKeyOf(host);
    const request = {
      serverKey: key,
      namespace: host.metadata.namespace,
      claims: claimsOf(host.spec),
    };
    const { namespace } = host.metadata;
    return (
      serverProblem(vsphereServers.store.get(key), servers.get(key) !== undefined, request) ??
      nestingProblem(hostClaim(host, serverIdentity(informers)), allClaims(informers)) ??
      volumeStoreProblem(host.spec, (name) => volumeStores.store.get(refKey({ namespace, name })))
    );
  }

  async function tell(
    host: VirtualContainerHost,
    context: Context,
    problem: Problem,
    progress: Progress,
    silent = false,
  ): Promise<void> {
    await report(context, host, {
      status: { ...knownStatus(host), id: host.status?.id ?? host.metadata.uid, installation },
      conditions: hostConditions(problem, ""),
      progress,
      action: host.metadata.deletionTimestamp ? "Delete" : "Converge",
      silent,
    });
  }

  /** Makes sure of a host in vSphere, unless that was done and nothing has changed since. */
  async function verify(
    host: VirtualContainerHost,
    server: PooledServer,
    me: HostIdentity,
  ): Promise<Verified | Problem> {
    const known = verified.get(me.key);
    const { generation } = host.metadata;
    if (
      known?.generation === generation &&
      known.vsphere === server.vsphere &&
      Date.now() - known.atMs < deps.verifyMs
    )
      return known;
    const standing = await converge(server, host, me, guestIso);
    if (isProblem(standing)) {
      // Containers of a host that isn't in order can still be looked at and deleted.
      await publishForDeletion(server, host, me).catch(() => undefined);
      return standing;
    }
    const { folder, vApp, portGroup } = standing.sight.observed;
    // Their names are asked for now, so that no container pays for it.
    for (const each of standing.ground.esxHosts) servers.hostName(server, each);
    const others = [folder, portGroup].flatMap((each) => (each ? [each.ref] : []));
    await watches.ensure(me.key, server.vsphere, vApp?.ref, others);
    const fresh: Verified = { generation, vsphere: server.vsphere, atMs: Date.now(), standing };
    verified.set(me.key, fresh);
    hosts.put({
      key: me.key,
      id: me.id,
      server,
      store: me.store,
      vApp: vApp?.ref,
      equipment: equipmentOf(me, standing),
    });
    return fresh;
  }

  async function serve(
    host: VirtualContainerHost,
    context: Context,
    server: PooledServer,
  ): Promise<Outcome> {
    const me = identityOf(host, installation);
    const linkKey = await ensureLinkKey(host, context);
    const found = await verify(host, server, me);
    if (isProblem(found)) {
      await tell(host, context, found, "stuck");
      return requeueAfter(RETRY_MS);
    }
    const equipment = equipmentOf(me, found.standing);
    const worker = await serveWorker(host, server, me, equipment, linkKey);
    const sweptInMs = await sweep(me, server, equipment, context);
    const now = countUsage(containers.store.byIndex(BY_HOST, me.key));
    const counted = usage.next(me.key, host.status?.usage, now, Date.now());
    await report(context, host, {
      status: {
        id: me.id,
        installation,
        vsphere: placesOf(found.standing),
        isoPath: equipment.isoPath,
        worker: worker.status,
        usage: counted.usage,
      },
      conditions: [
        ...hostConditions(
          undefined,
          `Containers run in vApp "${found.standing.sight.vApp?.name ?? ""}"`,
        ),
        worker.condition,
      ],
      progress: "done",
      action: "Converge",
    });
    const waits = [
      found.atMs + deps.verifyMs - Date.now(),
      counted.againMs,
      worker.againMs,
      sweptInMs,
    ];
    return requeueAfter(Math.max(0, Math.min(...waits.filter((ms) => ms !== undefined))));
  }

  async function ensureLinkKey(
    host: VirtualContainerHost,
    context: Context,
  ): Promise<Uint8Array | undefined> {
    const { name, namespace } = host.metadata;
    const secret = secrets.store.get(refKey({ namespace, name: linkSecretName(name) }));
    return linkKeyOf(secret ?? (await createLinkSecret(context.client, host)));
  }

  async function serveWorker(
    host: VirtualContainerHost,
    server: PooledServer,
    me: HostIdentity,
    equipment: Equipment,
    linkKey: Uint8Array | undefined,
  ) {
    const own = images.store.byIndex(BY_HOST, me.key);
    const wanted = own.some(wantsWorker);
    if (wanted || !idleSince.has(me.key)) idleSince.set(me.key, Date.now());
    const spec =
      linkKey && workerSpec({ host, me, equipment, consoleAddress: deps.consoleAddress, linkKey });
    const record = findWorker(server, equipment.vApp, me.id);
    const situation = {
      wanted,
      busy: own.some(usesWorker),
      vm: observeWorker(record, spec?.fingerprint ?? "", Date.now()),
      idleForMs: Date.now() - (idleSince.get(me.key) ?? 0),
      idleLimitMs: deps.workerIdleMs,
    };
    const step = planWorker(situation);
    if (step === "create" && spec) await createWorker(server, equipment.vApp, me, spec.config);
    if (step === "powerOn" && record) await powerOn(server, record.ref);
    if (step === "remove")
      await removeVm(server, record, vmPaths(me.store.datastore, workerId(me.id)).directory);
    const vm = step === "remove" ? undefined : situation.vm;
    const status = workerStatus(
      workerId(me.id),
      { wanted, vm },
      vm && record ? morefKey(record.ref) : undefined,
    );
    const againMs = vm && !wanted ? situation.idleLimitMs - situation.idleForMs : undefined;
    return {
      status,
      condition: workerCondition(status, wanted),
      againMs: againMs === undefined ? undefined : Math.max(againMs, 1000),
    };
  }

  /** Takes away VMs of ours whose ContainerVM is gone. Returns after how long to look again. */
  async function sweep(
    me: HostIdentity,
    server: PooledServer,
    equipment: Equipment,
    context: Context,
  ): Promise<number | undefined> {
    if (!server.vsphere.inventory.synced) return deps.sweepGraceMs;
    const seen = new Map(
      server.vsphere.inventory.vms(equipment.vApp).flatMap((vm) => {
        const marker = markerOfOurs(vm, installation, me.id);
        return marker && isOrphan(marker, (key) => containers.store.get(key))
          ? [[marker.id, vm] as const]
          : [];
      }),
    );
    const { ids, nextMs } = orphans.ripe(me.key, [...seen.keys()], Date.now(), deps.sweepGraceMs);
    for (const id of ids) {
      context.log.warn({ container: id }, "sweeping a VM whose ContainerVM is gone");
      await removeVm(server, seen.get(id), vmPaths(me.store.datastore, id).directory);
    }
    return nextMs;
  }

  function remainsOf(key: string): Remains {
    const split = (
      objects: readonly { readonly metadata: { readonly deletionTimestamp?: string } }[],
    ) => ({
      left: objects.filter((each) => !each.metadata.deletionTimestamp).map((each) => keyOf(each)),
      going: objects.filter((each) => each.metadata.deletionTimestamp).map((each) => keyOf(each)),
    });
    const ofContainers = split(containers.store.byIndex(BY_HOST, key));
    const ofImages = split(images.store.byIndex(BY_HOST, key));
    return {
      containers: ofContainers.left,
      deletingContainers: ofContainers.going,
      images: ofImages.left,
      deletingImages: ofImages.going,
    };
  }

  async function remove(host: VirtualContainerHost, context: Context): Promise<Outcome> {
    const me = identityOf(host, installation);
    const server = servers.get(serverKeyOf(host));
    const forced = host.metadata.annotations?.[ANNOTATIONS.forceDelete] === "true";
    // What containers and images need to go while their host goes too.
    if (server && !hosts.get(me.key)) await publishForDeletion(server, host, me);
    const step = planDeletion(host.spec.deletionPolicy, remainsOf(me.key));
    switch (step.do) {
      case "block":
        await tell(
          host,
          context,
          { reason: REASONS.DeletionBlocked, message: step.message },
          "stuck",
        );
        return awaitChange();
      case "wait":
        await tell(host, context, { reason: REASONS.Deleting, message: step.message }, "working");
        return awaitChange();
      case "deleteContainers":
      case "deleteImages": {
        const kind = step.do === "deleteContainers" ? KINDS.ContainerVM : KINDS.ContainerImage;
        for (const key of step.keys) {
          await context.client.delete(kind, parseKey(key)).catch((error: unknown) => {
            if (!isNotFound(error)) throw error;
          });
        }
        await tell(
          host,
          context,
          { reason: REASONS.Deleting, message: "Deleting what is in it" },
          "working",
        );
        return awaitChange();
      }
      case "letGo":
        break;
      case "cleanUp": {
        if (!server && !forced) {
          const problem = problemOf(host) ?? {
            reason: REASONS.ServerNotReady,
            message: "The VSphereServer isn't connected",
          };
          await tell(host, context, problem, "working");
          return park(serverTopic(serverKeyOf(host)));
        }
        const strangers = server ? await takeAway(server, host, me) : [];
        if (strangers.length > 0) {
          const message = `Not ours, and in the way: ${listed(strangers)}. Move or delete them in vSphere.`;
          await tell(host, context, { reason: REASONS.DeletionBlocked, message }, "stuck");
          return requeueAfter(RETRY_MS);
        }
        if (!server) abandon(host, me, context);
      }
    }
    await forget(me.key);
    await context.removeFinalizer(host, FINALIZER);
    return awaitChange();
  }

  async function publishForDeletion(
    server: PooledServer,
    host: VirtualContainerHost,
    me: HostIdentity,
  ): Promise<void> {
    const ground = await lookUpGround(server, host.spec);
    const sight = await observeHost(server, host, me, ground, await guestIso.read());
    if (isProblem(sight)) return;
    await watches.ensure(me.key, server.vsphere, sight.vApp?.ref, []);
    hosts.put({
      key: me.key,
      id: me.id,
      server,
      store: me.store,
      vApp: sight.vApp?.ref,
      equipment: undefined,
    });
  }

  async function takeAway(
    server: PooledServer,
    host: VirtualContainerHost,
    me: HostIdentity,
  ): Promise<string[]> {
    const ground = await lookUpGround(server, host.spec);
    const sight = await observeHost(server, host, me, ground, await guestIso.read());
    // A thing of our name that isn't ours was never made by us: nothing of it is taken away.
    if (isProblem(sight)) return host.status?.vsphere?.vApp ? [sight.message] : [];
    await watches.ensure(me.key, server.vsphere, sight.vApp?.ref, []);
    return cleanUp(server, me, ground, sight);
  }

  function abandon(host: VirtualContainerHost, me: HostIdentity, context: Context): void {
    const { vApp, folder, portGroup } = host.status?.vsphere ?? {};
    const left = [
      vApp && `vApp "${vApp.name}"`,
      folder && `folder "${folder.name}"`,
      portGroup && `port group "${portGroup.name}"`,
      formatDatastorePath(me.root),
    ];
    const note = `Left behind in vSphere: ${left.filter((each) => each !== undefined).join(", ")}`;
    context.event(host, { type: "Warning", reason: REASONS.Abandoned, action: "Delete", note });
  }

  async function forget(key: string): Promise<void> {
    hosts.remove(key);
    verified.delete(key);
    idleSince.delete(key);
    usage.forget(key);
    await watches.close(key);
  }

  const ofServer = (key: string): string[] =>
    containerHosts.store.byIndex(BY_SERVER, key).map(keyOf);

  return {
    name: "virtualcontainerhost",
    kind: KINDS.VirtualContainerHost,
    group: (key) => key,
    watches: [
      watching(KINDS.VSphereServer, (server) => ofServer(keyOf(server))),
      watching(KINDS.VolumeStore, (store) =>
        containerHosts.store
          .list(store.metadata.namespace)
          .filter(({ spec }) => spec.volumeStores?.some(({ ref }) => ref === store.metadata.name))
          .map(keyOf),
      ),
      // A path that another host gave up may be free now.
      watching(KINDS.VirtualContainerHost, (host) =>
        ofServer(serverKeyOf(host)).filter((key) => !verified.has(key)),
      ),
      watching(KINDS.ContainerImage, (image) => [hostKeyOf(image)]),
      // Counting can wait; a thousand containers that start would otherwise make thousands of runs of one key.
      watching(KINDS.ContainerVM, (container) => [hostKeyOf(container)], { delayMs: 500 }),
    ],
    sources: [
      {
        name: "vsphere",
        run: (enqueue, signal) => {
          queue = enqueue;
          const stops = [
            servers.onChange((key) => {
              enqueue.wake(serverTopic(key));
              for (const host of ofServer(key)) enqueue.enqueue(host);
            }),
            servers.onVm((server, { vm, kind }) => {
              for (const host of hosts.all()) {
                if (host.server.key !== server.key) continue;
                const isWorker = vm.instanceUuid === instanceUuid(host.id, workerId(host.id));
                const isDeleting =
                  containerHosts.store.get(host.key)?.metadata.deletionTimestamp !== undefined;
                if (isWorker || (isDeleting && kind !== "modify")) enqueue.enqueue(host.key);
              }
            }),
          ];
          signal.addEventListener("abort", () => stops.forEach((stop) => stop()), { once: true });
        },
      },
    ],
    async reconcile({ key, object: host }, context): Promise<Outcome> {
      if (!host) {
        await forget(key);
        return awaitChange();
      }
      try {
        if (host.metadata.deletionTimestamp) return await remove(host, context);
        if (await context.ensureFinalizer(host, FINALIZER)) return awaitChange();
        const problem = problemOf(host);
        const server = servers.get(serverKeyOf(host));
        if (!problem && server) return await serve(host, context, server);
        const waiting =
          problem?.reason === REASONS.ServerNotReady ||
          problem?.reason === REASONS.VolumeStoreNotReady;
        if (problem) await tell(host, context, problem, waiting ? "working" : "stuck");
        return problem?.reason === REASONS.ServerNotReady
          ? park(serverTopic(serverKeyOf(host)))
          : awaitChange();
      } catch (cause) {
        verified.delete(key);
        const error = toReconcileError(cause);
        if (error instanceof ReconcileError)
          await tell(host, context, explainError(error), "working", error.handling !== "waiting");
        throw error;
      }
    },
  };
}

/** After so long what only a person can change is looked at again. */
const RETRY_MS = 30_000;

function equipmentOf(me: HostIdentity, { sight, ground, bridge, iso }: Standing): Equipment {
  const { vApp } = sight;
  if (!vApp) throw new Error("a host that stands has a vApp");
  return {
    vApp: vApp.ref,
    bridge,
    management: ground.management,
    browser: ground.datastore.browser,
    isoPath: `${me.paths.isoDirectory}/${iso.fileName}`,
  };
}

function placesOf({ sight, ground, bridge }: Standing): VirtualContainerHostStatusVsphere {
  const place = ({ name, ref }: { readonly name: string; readonly ref: MoRef }) => ({
    name,
    moRef: morefKey(ref),
  });
  return {
    ...(sight.vApp ? { vApp: place(sight.vApp) } : {}),
    ...(sight.observed.folder ? { folder: place(sight.observed.folder) } : {}),
    portGroup: place(bridge),
    managementPortGroup: place(ground.management),
    datastore: place(ground.datastore),
  };
}

/** What was found earlier stands while nobody can look. */
function knownStatus({ status }: VirtualContainerHost): Status {
  const { conditions: _conditions, observedGeneration: _generation, ...known } = status ?? {};
  return known;
}
