import { REASONS } from "../../api/conditions.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { linkSecretName } from "../../api/naming.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { EventInput } from "../../kube/events.ts";
import { refKey } from "../../kube/object.ts";
import { type Outcome, requeueAfter } from "../../reconcile/outcome.ts";
import type { VmRecord } from "../../vsphere/index.ts";
import { NotFoundByNameError } from "../../vsphere/index.ts";
import type { Equipment } from "../hosts/host-registry.ts";
import { linkKeyOf } from "../hosts/link-key.ts";
import { isProblem, type Problem } from "../placement/problem.ts";
import { report } from "../reporting/report.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { bringBack, type BroughtBack } from "../restoration/bring-back.ts";
import { leftMachines, takenBy } from "../restoration/left-machines.ts";
import { standingConditions } from "./conditions-of.ts";
import type { DockerServing } from "./docker-endpoint.ts";
import { converge } from "./converge.ts";
import { type HostIdentity, identityOf } from "./identity.ts";
import { inherit } from "./inheriting.ts";
import { createLinkSecret } from "./link-secret.ts";
import { serveKeepers } from "./keeper-serving.ts";
import { publishForDeletion } from "./removal.ts";
import {
  BY_HOST,
  type Context,
  equipmentOf,
  neighboursOfHost,
  objectsOf,
  placesOf,
  type Scope,
  tellProblem,
  type Verified,
} from "./scope.ts";
import { stepEvent } from "./step-events.ts";
import { countUsage } from "./usage.ts";
import { serveWorker } from "./worker-serving.ts";

/** After so long what only a person can change is looked at again, milliseconds. */
const RETRY_MS = 30_000;

/** Makes a host stand in vSphere, serves its worker, brings back what it lost, and tells. */
export async function serve(
  scope: Scope,
  host: VirtualContainerHost,
  context: Context,
  server: PooledServer,
  docker: DockerServing,
): Promise<Outcome> {
  const { deps } = scope;
  const inherited = await inherit(scope, host, server, context);
  if (inherited === "told") return requeueAfter(0);
  if (inherited) {
    await tellProblem(scope, host, context, inherited, "stuck", { docker });
    return requeueAfter(RETRY_MS);
  }
  const me = identityOf(host, deps.installation);
  const linkKey = await ensureLinkKey(scope, host, context);
  const found = await verify(scope, host, server, me, context);
  if (isProblem(found)) {
    await tellProblem(scope, host, context, found, "stuck", { docker });
    return requeueAfter(RETRY_MS);
  }
  const equipment = equipmentOf(me, server, found.standing);
  const worker = await serveWorker(scope, host, context, server, me, equipment, linkKey);
  const leftInMs = await bringBackLeft(scope, host, me, server, equipment, context);
  const keptInMs = serveKeepers(scope, host, context);
  const now = countUsage(scope.containers.byIndex(BY_HOST, me.key), host);
  const counted = scope.usage.next(me.key, host.status?.usage, now, Date.now());
  await report(context, host, {
    status: {
      id: me.id,
      installation: deps.installation,
      vsphere: placesOf(found.standing),
      docker: docker.status,
      isoPath: equipment.isoPath,
      worker: worker.status,
      usage: counted.usage,
    },
    conditions: [
      ...standingConditions(host.spec, found.standing),
      worker.condition,
      docker.condition,
    ],
    progress: "done",
    action: "Converge",
  });
  const verifyInMs = found.atMs + deps.verifyMs - Date.now();
  const waits = [verifyInMs, counted.againMs, worker.againMs, leftInMs, keptInMs, docker.againMs];
  return requeueAfter(Math.max(0, Math.min(...waits.filter((ms) => ms !== undefined))));
}

/** Makes sure of a host in vSphere, unless that was done and nothing has changed since. */
async function verify(
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
  const site = { server, me, neighbours: neighboursOfHost(scope, host) };
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

async function ensureLinkKey(
  { secrets }: Scope,
  host: VirtualContainerHost,
  context: Context,
): Promise<Uint8Array | undefined> {
  const { name, namespace } = host.metadata;
  const secret = secrets.get(refKey({ namespace, name: linkSecretName(name) }));
  return linkKeyOf(secret ?? (await createLinkSecret(context.client, host)));
}

/** Makes the ContainerVMs of VMs again that have none. Returns after how long to look again. */
async function bringBackLeft(
  { deps, containers, leftSince }: Scope,
  host: VirtualContainerHost,
  me: HostIdentity,
  server: PooledServer,
  equipment: Equipment,
  context: Context,
): Promise<number | undefined> {
  const { inventory } = server.vsphere;
  if (!inventory.synced) return deps.sweepGraceMs;
  const taken = takenBy(containers.byIndex(BY_HOST, me.key));
  const left = new Map(
    leftMachines(inventory.vms(equipment.members), me.id, taken).map((each) => [
      each.marker.id,
      each,
    ]),
  );
  const ripe = leftSince.ripe(me.key, [...left.keys()], Date.now(), deps.sweepGraceMs);
  for (const id of ripe.ids) {
    const { vm, marker } = left.get(id)!;
    const find = (key: string): ContainerVM | undefined => containers.get(key);
    const back = await bringBack(context.client, server, vm, marker, find);
    const told = leftEvent(vm, back);
    if (told) context.event(host, told);
  }
  return ripe.nextMs ?? (ripe.ids.length > 0 ? deps.sweepGraceMs : undefined);
}

function leftEvent({ name = "" }: VmRecord, back: BroughtBack): EventInput | undefined {
  if (back.result === "nothing") return undefined;
  const made = back.result === "made";
  return {
    type: made ? "Normal" : "Warning",
    reason: made ? REASONS.Adopted : REASONS.NotAdopted,
    action: "Adopt",
    note: made
      ? `VM "${name}" had no ContainerVM: made "${back.name}" again`
      : `VM "${name}" has no ContainerVM, and none can be made: ${back.why}`,
  };
}
