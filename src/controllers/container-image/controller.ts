import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { instanceUuid, workerId } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import { FINALIZER } from "../../api/metadata.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { type Secret, secretKind } from "../../kube/core-kinds.ts";
import { keyOf, refKey } from "../../kube/object.ts";
import { isTrue } from "../../reconcile/conditions.ts";
import { type ControllerSpec, type Source, watching } from "../../reconcile/controller.ts";
import { ReconcileError } from "../../reconcile/errors.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import { UnreachableError } from "../../vsphere/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { explainError, toReconcileError } from "../failures/vsphere-failure.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import { hostTopic, isExpected } from "../hosts/host-registry.ts";
import { afterNoAnswer, onHostBack } from "../hosts/reconnection.ts";
import type { Problem } from "../reporting/problem.ts";
import { isTold } from "../reporting/report.ts";
import { build } from "./building.ts";
import { remove } from "./removal.ts";
import { resolve } from "./resolution.ts";
import {
  BY_HOST,
  BY_SECRET,
  type Context,
  createScope,
  failed,
  forget,
  imagesOf,
  isWhole,
  knownStatus,
  type Scope,
  tell,
  tellReady,
} from "./scope.ts";

/** Building a chain waits for copies and reconfigures of large disks. */
const TIMEOUT_MS = 15 * 60_000;

/** Resolves each ContainerImage and builds its chain of disks, which the console fills. */
export function containerImageController(deps: Dependencies): ControllerSpec<ContainerImage> {
  const scope = createScope(deps);
  return {
    name: "containerimage",
    kind: KINDS.ContainerImage,
    group: (key, image) => (image ? hostKeyOf(image) : key),
    foreignStatus: ["unpacks"],
    timeoutMs: TIMEOUT_MS,
    watches: [
      // Only an image that goes waits for its containers.
      watching(KINDS.ContainerVM, ({ metadata: { namespace }, status }) => {
        const { name } = status?.imageRef ?? {};
        const key = name === undefined ? "" : refKey({ namespace, name });
        return scope.images.get(key)?.metadata.deletionTimestamp ? [key] : [];
      }),
      watching(KINDS.VirtualContainerHost, (host) =>
        scope.images
          .byIndex(BY_HOST, keyOf(host))
          .filter(
            ({ status, metadata }) =>
              metadata.deletionTimestamp || !isTrue(status?.conditions, CONDITIONS.Ready),
          )
          .map((each) => keyOf(each)),
      ),
      watching(secretKind, (secret) => imagesWithSecret(scope, secret)),
    ],
    sources: [hostsSource(scope)],
    async reconcile({ key, object: image }, context): Promise<Outcome> {
      if (!image) {
        forget(scope, key);
        return awaitChange();
      }
      try {
        if (image.metadata.deletionTimestamp) return await remove(scope, image, context);
        if (await context.ensureFinalizer(image, FINALIZER)) return awaitChange();
        return await converge(scope, image, context);
      } catch (cause) {
        const error = toReconcileError(cause);
        if (error instanceof ReconcileError) {
          const conditions = [failed(CONDITIONS.Ready, explainError(error))];
          const silent = error.handling !== "waiting";
          await tell(image, context, knownStatus(image), conditions, "working", silent);
          if (error.cause instanceof UnreachableError) return afterNoAnswer(deps, hostKeyOf(image));
        }
        throw error;
      }
    },
  };
}

async function converge(scope: Scope, image: ContainerImage, context: Context): Promise<Outcome> {
  const [key, hostKey] = [keyOf(image), hostKeyOf(image)];
  const known = knownStatus(image);
  const host = scope.containerHosts.get(hostKey);
  if (!host) {
    await tell(image, context, known, [failed(CONDITIONS.Ready, hostNotFound(image))], "stuck");
    return awaitChange();
  }
  if (isWhole(image) && !scope.suspects.has(key)) {
    await tellReady(image, context, known);
    return awaitChange();
  }
  const live = scope.deps.hosts.get(hostKey);
  if (!live?.equipment) {
    const waitsQuietly = !live && isTold(image) && isExpected(host);
    if (!waitsQuietly)
      await tell(image, context, known, [failed(CONDITIONS.Ready, hostNotReady(image))], "working");
    return park(hostTopic(hostKey));
  }
  if (image.status?.digest && image.status.disks?.length) {
    const waitMs = (scope.retryAt.get(key) ?? 0) - Date.now();
    return waitMs > 0 ? requeueAfter(waitMs) : build(scope, image, live, context, known);
  }
  const resolved = await resolve(scope, image, host, live, context);
  return "outcome" in resolved
    ? resolved.outcome
    : build(scope, image, live, context, resolved.status);
}

/** Hosts that became ready, and workers that came or went. */
function hostsSource(scope: Scope): Source {
  const { hosts, servers } = scope.deps;
  return {
    name: "hosts",
    run: (queue, signal) => {
      scope.queue = queue;
      const stops = [
        onHostBack(scope.deps, (key) => queue.wake(hostTopic(key))),
        hosts.onPut((key) => {
          queue.wake(hostTopic(key));
          // A key that is just about to be parked isn't woken: it is enqueued, which nothing misses.
          for (const each of imagesOf(scope, key)) queue.enqueue(each);
        }),
        servers.onVm((server, { vm }) => {
          for (const host of hosts.all()) {
            if (host.server.key !== server.key) continue;
            if (vm.instanceUuid !== instanceUuid(host.id, workerId(host.id))) continue;
            for (const image of scope.images.byIndex(BY_HOST, host.key))
              if (!isWhole(image)) queue.enqueue(keyOf(image));
          }
        }),
      ];
      const stop = (): void => stops.forEach((each) => each());
      signal.addEventListener("abort", stop, { once: true });
    },
  };
}

/** Images that need a Secret themselves, or whose host's registries do. */
function imagesWithSecret(scope: Scope, { metadata }: Secret): string[] {
  const uses = ({ spec: { registries } }: VirtualContainerHost): boolean =>
    metadata?.name !== undefined &&
    [registries?.caSecretRef?.name, registries?.pullSecretRef?.name].includes(metadata.name);
  const ofHosts = scope.containerHosts
    .list(metadata?.namespace)
    .filter(uses)
    .flatMap((host) => imagesOf(scope, keyOf(host)));
  const own = scope.images.byIndex(BY_SECRET, keyOf({ metadata })).map((each) => keyOf(each));
  return [...new Set([...ofHosts, ...own])];
}

const hostNotFound = ({ spec }: ContainerImage): Problem => ({
  reason: REASONS.HostNotFound,
  message: `There is no VirtualContainerHost "${spec.hostRef.name}" in this namespace: create it, or correct spec.hostRef.`,
});

const hostNotReady = ({ spec }: ContainerImage): Problem => ({
  reason: REASONS.HostNotReady,
  message: `VirtualContainerHost "${spec.hostRef.name}" isn't ready.`,
});
