import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import { KINDS } from "../../api/kinds.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import { type Secret, secretKind } from "../../kube/core-kinds.ts";
import type { Store } from "../../kube/informer.ts";
import { type ConditionInput, summariseReady } from "../../reconcile/conditions.ts";
import type { Enqueue, ReconcileContext } from "../../reconcile/controller.ts";
import type { Dependencies } from "../dependencies.ts";
import { type Progress, report } from "../reporting/report.ts";
import { Connections } from "./connections.ts";
import { PrivilegeChecks } from "./privileges.ts";

export type Context = ReconcileContext<VSphereServer>;
export type Status = NonNullable<VSphereServer["status"]>;

/** What the parts of the VSphereServer controller work with. */
export interface Scope {
  readonly deps: Dependencies;
  readonly vsphereServers: Store<VSphereServer>;
  readonly secrets: Store<Secret>;
  readonly containerHosts: Store<VirtualContainerHost>;
  readonly volumeStores: Store<VolumeStore>;
  readonly connections: Connections;
  /** How often in a row a server couldn't be reached. */
  readonly failures: Map<string, number>;
  readonly privileges: PrivilegeChecks;
  /** Of the controller, once it runs. */
  queue: Enqueue | undefined;
}

export function createScope(deps: Dependencies): Scope {
  const { informers } = deps;
  const scope: Scope = {
    deps,
    vsphereServers: informers.of(KINDS.VSphereServer).store,
    secrets: informers.of(secretKind).store,
    containerHosts: informers.of(KINDS.VirtualContainerHost).store,
    volumeStores: informers.of(KINDS.VolumeStore).store,
    connections: new Connections(deps.connect, deps.log, (key) => {
      deps.servers.changed(key);
      scope.queue?.enqueue(key);
    }),
    failures: new Map(),
    privileges: new PrivilegeChecks(),
    queue: undefined,
  };
  return scope;
}

/** Ends the connection to a server, and forgets what was known of it. */
export async function release(scope: Scope, key: string): Promise<void> {
  scope.deps.servers.remove(key);
  scope.failures.delete(key);
  scope.privileges.forget(key);
  await scope.connections.close(key);
}

/** What was found earlier stands while the server isn't reached. */
export function knownStatus({ status }: VSphereServer): Status {
  const { conditions: _conditions, observedGeneration: _generation, ...known } = status ?? {};
  return known;
}

/**
 * Says how a server is.
 *
 * @param over what Ready says whatever the connection does
 */
export async function tell(
  object: VSphereServer,
  context: Context,
  status: Status,
  conditions: readonly ConditionInput[],
  over: ConditionInput | undefined,
  progress: Progress,
): Promise<void> {
  const own = conditions.find(({ type }) => type === CONDITIONS.Ready);
  const rest = conditions.filter(({ type }) => type !== CONDITIONS.Ready);
  // Who lacks a privilege for one host may serve others: they tell it themselves.
  const causes = rest.filter(({ type }) => type !== CONDITIONS.Privileged);
  const summary = summariseReady(causes, [CONDITIONS.Authenticated, CONDITIONS.Reachable], {
    reason: REASONS.Available,
    message: `Connected to ${object.spec.url}`,
  });
  await report(context, object, {
    status,
    conditions: [over ?? own ?? firstCause(causes, summary), ...rest],
    progress: over ? "working" : progress,
    action: "Connect",
  });
}

/** A server that isn't reached explains more than the login that couldn't be tried. */
function firstCause(
  conditions: readonly ConditionInput[],
  summary: ConditionInput,
): ConditionInput {
  const failed = conditions.find(({ status }) => status === "False");
  return failed ? { ...failed, type: CONDITIONS.Ready } : summary;
}
