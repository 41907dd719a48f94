import { REASONS } from "../../api/conditions.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { EXTRA_CONFIG } from "../../api/markers.ts";
import { FINALIZER } from "../../api/metadata.ts";
import { keyOf } from "../../kube/object.ts";
import { type ControllerSpec, type Source, watching } from "../../reconcile/controller.ts";
import { ReconcileError } from "../../reconcile/errors.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import { UnreachableError, type VmRecord } from "../../vsphere/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { explainError, toReconcileError } from "../failures/vsphere-failure.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import { hostTopic, isExpected, knowsVms } from "../hosts/host-registry.ts";
import { afterNoAnswer, onHostBack } from "../hosts/reconnection.ts";
import type { Problem } from "../reporting/problem.ts";
import { isTold } from "../reporting/report.ts";
import { markerOfOurs } from "../virtual-machines/ours.ts";
import { adopt } from "./lifecycle/adopting.ts";
import { unavailability } from "./decisions/availability.ts";
import { create } from "./lifecycle/creation.ts";
import { ensureName } from "./claims/name.ts";
import { rooms } from "./claims/quota.ts";
import { remove } from "./lifecycle/removal.ts";
import { tellRename } from "./lifecycle/renaming.ts";
import { serve } from "./lifecycle/running.ts";
import {
  BY_CLAIM,
  BY_HOST,
  BY_ID,
  type Context,
  createScope,
  type Scope,
  vmOf,
  wasCreated,
} from "./scope/scope.ts";
import { hostNotReady, tellProblem } from "./status/problem.ts";
import { vanished } from "./lifecycle/vanishing.ts";

/** Makes each ContainerVM a VM, starts and stops it, and tells what becomes of it. */
export function containerVmController(deps: Dependencies): ControllerSpec<ContainerVM> {
  const scope = createScope(deps);
  return {
    name: "containervm",
    kind: KINDS.ContainerVM,
    group: (key, container) => (container ? hostKeyOf(container) : key),
    watches: [
      watching(KINDS.ContainerImage, (image) =>
        scope.containers
          .byIndex(BY_HOST, hostKeyOf(image))
          .filter((each) => !wasCreated(each))
          .map((each) => keyOf(each)),
      ),
      watching(KINDS.ContainerName, (claim) =>
        scope.containers.byIndex(BY_CLAIM, keyOf(claim)).map((each) => keyOf(each)),
      ),
      watching(KINDS.VirtualContainerHost, (host) =>
        scope.containers
          .byIndex(BY_HOST, keyOf(host))
          .filter(
            (each) =>
              each.metadata.deletionTimestamp ||
              scope.memory.refused.has(keyOf(each)) ||
              waitsForHost(each, deps.hosts.get(keyOf(host)) !== undefined),
          )
          .map((each) => keyOf(each)),
      ),
    ],
    sources: [vsphereSource(scope), rooms(deps.informers.of(KINDS.ContainerVM), scope.memory)],
    async reconcile({ key, object: container }, context): Promise<Outcome> {
      if (!container) {
        scope.memory.forget(key);
        scope.activities.forget(key);
        return awaitChange();
      }
      scope.memory.isAbout(key, container.metadata.uid);
      if (scope.activities.running(key)) return awaitChange();
      try {
        scope.activities.throwFailure(key);
        if (container.metadata.deletionTimestamp) return await remove(scope, container, context);
        if (!mayBegin(scope, container)) return awaitChange();
        if (await context.ensureFinalizer(container, FINALIZER)) return awaitChange();
        await tellRename(scope, container, context);
        const nameHeld = await ensureName(scope, container, context);
        const outcome = await converge(scope, container, { ...context, nameHeld });
        if (scope.activities.running(key)) scope.admission.begin(key, hostKeyOf(container));
        return outcome;
      } catch (cause) {
        const error = toReconcileError(cause);
        if (error instanceof ReconcileError) {
          const silent = error.handling !== "waiting";
          await tellProblem(container, context, explainError(error), "working", { silent });
          if (error.cause instanceof UnreachableError)
            return afterNoAnswer(deps, hostKeyOf(container));
        }
        throw error;
      }
    },
  };
}

/** Whether a container may begin, or has begun: nothing more is written of one that has to wait for others of its host. */
function mayBegin({ admission, deps }: Scope, container: ContainerVM): boolean {
  const hostKey = hostKeyOf(container);
  // What a host that isn't ready lets wait is told so.
  if (container.status?.id !== undefined || !deps.hosts.get(hostKey)) return true;
  return admission.admits(keyOf(container), hostKey);
}

async function converge(scope: Scope, container: ContainerVM, context: Context): Promise<Outcome> {
  const hostKey = hostKeyOf(container);
  const host = scope.containerHosts.get(hostKey);
  if (!host) {
    await tellProblem(container, context, hostNotFound(container), "stuck");
    return awaitChange();
  }
  const live = scope.deps.hosts.get(hostKey);
  if (!live) {
    const waitsQuietly = wasCreated(container) || (isTold(container) && isExpected(host));
    if (!waitsQuietly) await tellProblem(container, context, hostNotReady(container), "working");
    return park(hostTopic(hostKey));
  }
  if (!knowsVms(live)) return requeueAfter(1000);
  const vm = vmOf(live, container);
  if (vm) {
    const problem = unavailability(vm);
    if (!problem) return serve(scope, container, live, vm, context);
    await tellProblem(container, context, problem, "stuck");
    return awaitChange();
  }
  const adopted = await adopt(scope, container, live, context);
  if (adopted) return adopted;
  if (wasCreated(container) || scope.memory.created.has(keyOf(container)))
    return vanished(scope, container, live, context);
  if (host.metadata.deletionTimestamp) {
    await tellProblem(container, context, HOST_DELETING, "stuck");
    return awaitChange();
  }
  // Also those that another process had begun with.
  if (!scope.admission.admits(keyOf(container), hostKey)) return awaitChange();
  return create(scope, container, host, live, context);
}

/** VMs that changed, activities that ended, and hosts that became ready. */
function vsphereSource(scope: Scope): Source {
  const { activities, admission, deps } = scope;
  return {
    name: "vsphere",
    run: (queue, signal) => {
      activities.onEnd((key) => {
        for (const each of [key, ...admission.end(key)]) queue.enqueue(each);
      });
      const stops = [
        deps.servers.onVm((_server, { vm }) => {
          for (const key of keysOfVm(scope, vm)) queue.enqueue(key);
        }),
        onHostBack(deps, (key) => queue.wake(hostTopic(key))),
        deps.hosts.onPut((key) => {
          queue.wake(hostTopic(key));
          // A key that is just about to be parked isn't woken: it is enqueued, which nothing misses.
          for (const each of scope.containers.byIndex(BY_HOST, key)) queue.enqueue(keyOf(each));
        }),
      ];
      return new Promise<void>((resolve) => {
        const stop = (): void => {
          for (const each of stops) each();
          void activities.stop().then(resolve);
        };
        signal.addEventListener("abort", stop, { once: true });
      });
    },
  };
}

/** The ContainerVM of a VM: the one that its marker names, and the one that has adopted it. A stranger's changes wake nobody. */
function keysOfVm({ containers }: Scope, vm: VmRecord): Iterable<string> {
  const hostId = vm.extraConfig[EXTRA_CONFIG.hostId] ?? "";
  const isUuid = /^[0-9a-f-]{36}$/i.test(hostId);
  const marker = isUuid ? markerOfOurs(vm, hostId) : undefined;
  if (marker?.container === undefined) return [];
  return new Set([marker.container, ...containers.byIndex(BY_ID, marker.id).map(keyOf)]);
}

/** Whether what a container waits for may have come about by a change of its host. */
const waitsForHost = (container: ContainerVM, isHostLive: boolean): boolean =>
  !wasCreated(container) &&
  (!isHostLive ||
    (container.status?.conditions?.some(({ reason }) => HOST_REASONS.has(reason)) ?? true));

const HOST_REASONS: ReadonlySet<string> = new Set([
  REASONS.HostNotFound,
  REASONS.HostNotReady,
  REASONS.AddressesExhausted,
]);

const hostNotFound = ({ spec }: ContainerVM): Problem => ({
  reason: REASONS.HostNotFound,
  message: `There is no VirtualContainerHost "${spec.hostRef.name}" in this namespace: create it, or correct spec.hostRef.`,
});

const HOST_DELETING: Problem = {
  reason: REASONS.HostNotReady,
  message: "Its VirtualContainerHost is being deleted.",
};
