import { type Reason, REASONS } from "../../../api/conditions.ts";
import { workerId } from "../../../api/identity.ts";
import { vmPaths } from "../../../api/naming.ts";
import type {
  VirtualContainerHost,
  VirtualContainerHostStatusWorker,
} from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import type { ConditionInput } from "../../../reconcile/conditions.ts";
import { morefKey, UnreachableError, type VmRecord } from "../../../vsphere/index.ts";
import { explainVSphere } from "../../failures/vsphere-failure.ts";
import type { Equipment } from "../../hosts/host-registry.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { powerOn, removeVm } from "../../virtual-machines/power.ts";
import type { HostIdentity } from "../convergence/identity.ts";
import { BY_HOST, type Context, type Scope } from "../scope/scope.ts";
import { createWorker, findWorker, observeWorker, workerSpec } from "./worker.ts";
import {
  planWorker,
  retryWorkerMs,
  usesWorker,
  wantsWorker,
  workerCondition,
  workerStatus,
  type WorkerStep,
} from "./worker-plan.ts";

/** What there is to be told of a worker. */
export interface ServedWorker {
  readonly status: VirtualContainerHostStatusWorker;
  readonly condition: ConditionInput;
  /** After how long to look again, milliseconds. */
  readonly againMs: number | undefined;
}

/** A host that stands, as its worker needs it. */
interface WorkerSite {
  readonly server: PooledServer;
  readonly me: HostIdentity;
  readonly equipment: Equipment;
  /** The link Secret's bytes; undefined: they haven't come yet, and no worker can be made. */
  readonly linkKey: Uint8Array | undefined;
}

/** Makes, starts and takes away a host's worker as its images need it. */
export async function serveWorker(
  scope: Scope,
  host: VirtualContainerHost,
  context: Context,
  site: WorkerSite,
): Promise<ServedWorker> {
  const { deps, images, idleSince, workerFailures } = scope;
  const { server, me, equipment, linkKey } = site;
  const own = images.byIndex(BY_HOST, me.key);
  const wanted = own.some(wantsWorker);
  if (wanted || !idleSince.has(me.key)) idleSince.set(me.key, Date.now());
  const { consoleAddress } = deps;
  const spec = linkKey && workerSpec({ host, me, equipment, consoleAddress, linkKey });
  const record = findWorker(server, equipment.members, me.id);
  const situation = {
    wanted,
    busy: own.some(usesWorker),
    vm: observeWorker(record, spec?.fingerprint ?? "", Date.now()),
    idleForMs: Date.now() - (idleSince.get(me.key) ?? 0),
    idleLimitMs: deps.workerIdleMs,
  };
  const step = planWorker(situation);
  if (step === "nothing") workerFailures.delete(me.key);
  const isHeld = Date.now() < (workerFailures.get(me.key)?.retryAtMs ?? 0);
  if (!isHeld && (step !== "create" || spec))
    await attempt(scope, host, context, step, () => take(step, site, record, spec?.config));
  const id = workerId(me.id);
  const failure = workerFailures.get(me.key);
  const vm = step === "remove" && !failure ? undefined : situation.vm;
  const moRef = vm && record ? morefKey(record.ref) : undefined;
  const status = workerStatus(id, { wanted, vm }, moRef, failure?.message);
  const idleInMs = Math.max(1000, situation.idleLimitMs - situation.idleForMs);
  const retryInMs = failure && Math.max(0, failure.retryAtMs - Date.now());
  return {
    status,
    condition: workerCondition(status, wanted),
    againMs: retryInMs ?? (vm && !wanted ? idleInMs : undefined),
  };
}

async function take(
  step: WorkerStep,
  { server, me, equipment }: WorkerSite,
  record: VmRecord | undefined,
  config: Parameters<typeof createWorker>[3] | undefined,
): Promise<void> {
  if (step === "create" && config) await createWorker(server, equipment.place, me, config);
  if (step === "powerOn" && record) await powerOn(server, record.ref);
  if (step === "remove")
    await removeVm(server, record, vmPaths(me.store.datastore, workerId(me.id)).directory);
}

/**
 * Takes a step. What vSphere refuses is told and tried again later: a host without a worker goes
 * on serving its containers.
 */
async function attempt(
  { workerFailures, verified }: Scope,
  host: VirtualContainerHost,
  context: Context,
  step: WorkerStep,
  run: () => Promise<void>,
): Promise<void> {
  const key = keyOf(host);
  try {
    await run();
    workerFailures.delete(key);
    const told = EVENTS[step];
    if (told) context.event(host, { type: "Normal", action: "Converge", ...told });
  } catch (error) {
    const explanation = explainVSphere(error);
    const isServerAway =
      error instanceof UnreachableError || explanation?.reason === REASONS.ServerNotReady;
    if (!explanation || isServerAway) throw error;
    // Perhaps something of the host is missing: it is looked at before the next attempt.
    verified.delete(key);
    const count = (workerFailures.get(key)?.count ?? 0) + 1;
    const message = `The worker VM can't be ${DONE[step]}: ${explanation.message}`;
    workerFailures.set(key, { count, message, retryAtMs: Date.now() + retryWorkerMs(count) });
    context.log.warn({ err: error, count }, "the worker VM failed");
    const reason = REASONS.WorkerFailed;
    context.event(host, { type: "Warning", action: "Converge", reason, note: message });
  }
}

const DONE: Readonly<Record<WorkerStep, string>> = {
  create: "made",
  powerOn: "powered on",
  remove: "taken away",
  nothing: "served",
};

const EVENTS: {
  readonly [S in WorkerStep]?: { readonly reason: Reason; readonly note: string };
} = {
  create: { reason: REASONS.WorkerStarted, note: "Made the worker VM: images wait for it" },
  powerOn: { reason: REASONS.WorkerStarted, note: "Powered the worker VM on: images wait for it" },
  remove: { reason: REASONS.WorkerStopped, note: "Took the worker VM away: it isn't needed now" },
};
