import { REASONS } from "../../api/conditions.ts";
import { hostOfDockerSecret } from "../../api/docker-secrets.ts";
import { instanceUuid, workerId } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import { EXTRA_CONFIG } from "../../api/markers.ts";
import { FINALIZER } from "../../api/metadata.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { secretKind } from "../../kube/core-kinds.ts";
import { keyOf, refKey } from "../../kube/object.ts";
import { type ControllerSpec, type Source, watching } from "../../reconcile/controller.ts";
import { ReconcileError } from "../../reconcile/errors.ts";
import { type Outcome, awaitChange, park, requeueAfter } from "../../reconcile/outcome.ts";
import type { Dependencies } from "../dependencies.ts";
import { explainError, toReconcileError } from "../failures/vsphere-failure.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import { isTold } from "../reporting/report.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import { serverTopic } from "../servers/server-pool.ts";
import { indexEndpoints, rivalsOf, serveDocker } from "./endpoint/docker-serving.ts";
import { remove } from "./lifecycle/removal.ts";
import { RETRY_MS, serve } from "./lifecycle/serving.ts";
import { standStill } from "./lifecycle/standstill.ts";
import { isServerComing, problemOf } from "./obstacles/problem-of.ts";
import { type Context, type Scope, createScope, forget, hostsOf } from "./scope/scope.ts";
import { tellProblem } from "./status/problem.ts";

/** Makes each VirtualContainerHost real in vSphere, repairs it, and takes it away. */
export function virtualContainerHostController(
  deps: Dependencies,
): ControllerSpec<VirtualContainerHost> {
  const scope = createScope(deps);
  indexEndpoints(deps);
  return {
    name: "virtualcontainerhost",
    kind: KINDS.VirtualContainerHost,
    group: (key) => key,
    watches: [
      watching(KINDS.VSphereServer, (server) => hostsOf(scope, keyOf(server))),
      watching(KINDS.VolumeStore, ({ metadata: { name, namespace } }) =>
        scope.containerHosts
          .list(namespace)
          .filter(({ spec }) => spec.volumeStores?.some(({ ref }) => ref === name))
          .map((host) => keyOf(host)),
      ),
      // A path that another host gave up may be free now.
      watching(KINDS.VirtualContainerHost, (host) =>
        hostsOf(scope, serverKeyOf(host)).filter((key) => !scope.verified.has(key)),
      ),
      // What a host gives up of the gateway another one may wait for.
      watching(KINDS.VirtualContainerHost, (host) =>
        rivalsOf(scope, host).map((rival) => keyOf(rival)),
      ),
      watching(secretKind, ({ metadata }) => {
        const host = hostOfDockerSecret(metadata?.name ?? "");
        return host === undefined ? [] : [refKey({ namespace: metadata?.namespace, name: host })];
      }),
      watching(KINDS.ContainerImage, (image) => [hostKeyOf(image)]),
      // A host that goes waits for its containers; another one counts and sweeps, which is soon enough after a crowd's changes.
      watching(KINDS.ContainerVM, (container) =>
        isGoing(scope, hostKeyOf(container)) ? [hostKeyOf(container)] : [],
      ),
      watching(KINDS.ContainerVM, (container) => [hostKeyOf(container)], { delayMs: COUNTED_MS }),
    ],
    sources: [vsphereSource(scope)],
    async reconcile({ key, object: host }, context): Promise<Outcome> {
      if (!host) {
        await forget(scope, key);
        return awaitChange();
      }
      try {
        if (host.metadata.deletionTimestamp) return await remove(scope, host, context);
        if (await context.ensureFinalizer(host, FINALIZER)) return awaitChange();
        return await reconcile(scope, host, context);
      } catch (cause) {
        scope.verified.delete(key);
        const error = toReconcileError(cause);
        if (error instanceof ReconcileError) {
          const silent = error.handling !== "waiting";
          await tellProblem(scope, host, context, explainError(error), "working", { silent });
        }
        throw error;
      }
    },
  };
}

async function reconcile(
  scope: Scope,
  host: VirtualContainerHost,
  context: Context,
): Promise<Outcome> {
  const docker = await serveDocker(scope, host, context);
  const serverKey = serverKeyOf(host);
  const problem = problemOf(scope, host);
  const server = scope.deps.servers.get(serverKey);
  if (!problem && server) return serve(scope, host, context, server, docker);
  const isComing = isServerComing(scope, host, problem);
  if (isComing && isTold(host)) return park(serverTopic(serverKey));
  const isServer = problem?.reason === REASONS.ServerNotReady;
  const isWaiting = isServer || problem?.reason === REASONS.VolumeStoreNotReady;
  const progress = isWaiting ? "working" : "stuck";
  if (!problem) return awaitChange();
  await tellProblem(scope, host, context, problem, progress, { silent: isComing, docker });
  if (isServer) return park(serverTopic(serverKey));
  if (!server) return awaitChange();
  return standStill(scope, server, host, progress === "stuck").then(awaitChange, () =>
    requeueAfter(RETRY_MS),
  );
}

/** How long a host lets changes of its containers gather, milliseconds. */
const COUNTED_MS = 1000;

const isGoing = ({ containerHosts }: Scope, key: string): boolean =>
  containerHosts.get(key)?.metadata.deletionTimestamp !== undefined;

/** Servers that came or went, workers and keepers that changed, and VMs that leave a host that is being deleted. */
function vsphereSource(scope: Scope): Source {
  const { hosts, servers } = scope.deps;
  return {
    name: "vsphere",
    run: (queue, signal) => {
      scope.queue = queue;
      const stops = [
        servers.onChange((key) => {
          queue.wake(serverTopic(key));
          for (const host of hostsOf(scope, key)) queue.enqueue(host);
        }),
        servers.onVm((server, { vm, kind }) => {
          for (const { key, id, server: its } of hosts.all()) {
            if (its.key !== server.key) continue;
            // Told by its role first: the rest is hashed, for each change of each VM.
            const isWorker =
              vm.extraConfig[EXTRA_CONFIG.role] === "worker" &&
              vm.instanceUuid === instanceUuid(id, workerId(id));
            const isHelper = isWorker || scope.deps.keepers.isKeeper(id, vm);
            if (isHelper || (kind !== "modify" && isGoing(scope, key))) queue.enqueue(key);
          }
        }),
      ];
      scope.keeping.onEnd((key) => queue.enqueue(key));
      return new Promise<void>((resolve) => {
        const stop = (): void => {
          for (const each of stops) each();
          void scope.keeping.stop().then(resolve);
        };
        signal.addEventListener("abort", stop, { once: true });
      });
    },
  };
}
