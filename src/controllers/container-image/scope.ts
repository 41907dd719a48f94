import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { ContainerImage, ContainerImageStatusDisk } from "../../api/containerimage.gen.ts";
import { instanceUuid, workerId } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { type Secret, secretKind } from "../../kube/core-kinds.ts";
import type { Store } from "../../kube/informer.ts";
import { keyOf, refKey } from "../../kube/object.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import type { Enqueue, ReconcileContext } from "../../reconcile/controller.ts";
import type { VmRecord } from "../../vsphere/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import { type LiveHost, vmOfHost } from "../hosts/host-registry.ts";
import type { Problem } from "../reporting/problem.ts";
import { type Progress, report } from "../reporting/report.ts";
import { Builders } from "./builders.ts";
import { KeyedMutex } from "../activities/mutex.ts";
import { imageUsers } from "./users.ts";

export type Context = ReconcileContext<ContainerImage>;
export type Disks = readonly ContainerImageStatusDisk[];
/** What of an image's status is the operator's, but for conditions. */
export type Known = Omit<
  NonNullable<ContainerImage["status"]>,
  "conditions" | "observedGeneration" | "unpacks"
>;

/** What the parts of the ContainerImage controller work with. */
export interface Scope {
  readonly deps: Dependencies;
  readonly images: Store<ContainerImage>;
  readonly containerHosts: Store<VirtualContainerHost>;
  readonly secrets: Store<Secret>;
  usersOf(image: ContainerImage): string[];
  readonly builders: Builders;
  /** One reconfigure of a host's worker at a time, by the host's key. */
  readonly workerLock: KeyedMutex;
  /** Failures in a row, by the image's key. */
  readonly failures: Map<string, number>;
  /** Until when a failed image isn't tried again, whatever wakes its key. */
  readonly retryAt: Map<string, number>;
  /** When an image's first disk was begun, milliseconds. */
  readonly begunAt: Map<string, number>;
  /** What no registry could answer, and until when it isn't asked again, whatever wakes the key. */
  readonly refusals: Map<string, { readonly question: string; readonly until: number }>;
  /** Images of which a disk seems to be missing. */
  readonly suspects: Set<string>;
  /** On which worker a disk was seen attached by this process: `<host's id> <chain id>` to its reference. */
  readonly attachedTo: Map<string, string>;
  /** Of the controller, once it runs. */
  queue: Enqueue | undefined;
}

/** Name of the index of images by the key of their host. */
export const BY_HOST = "host";
/** Name of the index of images by the key of their own pull Secret. */
export const BY_SECRET = "secret";

/** What the reconciles of images share: adds the indexes that they look things up by. */
export function createScope(deps: Dependencies): Scope {
  const images = deps.informers.of(KINDS.ContainerImage);
  images.addIndex(BY_HOST, (image) => [hostKeyOf(image)]);
  images.addIndex(BY_SECRET, ({ metadata: { namespace }, spec: { pullSecretRef } }) =>
    pullSecretRef ? [refKey({ namespace, name: pullSecretRef.name })] : [],
  );
  const scope: Scope = {
    deps,
    images: images.store,
    containerHosts: deps.informers.of(KINDS.VirtualContainerHost).store,
    secrets: deps.informers.of(secretKind).store,
    usersOf: imageUsers(deps.informers),
    builders: new Builders((key) => images.store.get(key) !== undefined),
    workerLock: new KeyedMutex(),
    failures: new Map(),
    retryAt: new Map(),
    begunAt: new Map(),
    refusals: new Map(),
    suspects: new Set(),
    attachedTo: new Map(),
    queue: undefined,
  };
  deps.hosts.onSuspectImage((key) => {
    scope.suspects.add(key);
    scope.queue?.enqueue(key);
  });
  return scope;
}

/** Forgets what was remembered of an image that is gone. */
export function forget(scope: Scope, key: string): void {
  const { failures, retryAt, begunAt, refusals, suspects } = scope;
  failures.delete(key);
  refusals.delete(key);
  retryAt.delete(key);
  begunAt.delete(key);
  suspects.delete(key);
}

/** Counts one more failure of an image. */
export function countFailure({ failures }: Scope, key: string): number {
  const count = (failures.get(key) ?? 0) + 1;
  failures.set(key, count);
  return count;
}

/** Keys of a host's images. */
export const imagesOf = ({ images }: Scope, hostKey: string): string[] =>
  images.byIndex(BY_HOST, hostKey).map((image) => keyOf(image));

/** The host's worker, whatever it does. */
export const anyWorker = (live: LiveHost): VmRecord | undefined =>
  vmOfHost(live, instanceUuid(live.id, workerId(live.id)));

/** The host's worker, if it is on. */
export function runningWorker(live: LiveHost): VmRecord | undefined {
  const vm = anyWorker(live);
  return vm?.powerState === "poweredOn" ? vm : undefined;
}

/** Whether all its disks are sealed. */
export const isWhole = ({ status }: ContainerImage): boolean =>
  (status?.disks?.length ?? 0) > 0 &&
  status?.disks?.every(({ state }) => state === "Ready") === true;

export const failed = (type: ConditionInput["type"], problem: Problem): ConditionInput => ({
  type,
  status: "False",
  ...problem,
});

export const RESOLVED: ConditionInput = {
  type: CONDITIONS.Resolved,
  status: "True",
  reason: REASONS.Available,
  message: "Digest, configuration and layers are known",
};

/** What was found earlier. */
export function knownStatus({ status }: ContainerImage): Known {
  const { conditions: _c, observedGeneration: _g, unpacks: _u, ...known } = status ?? {};
  return known;
}

/** Writes what is known of an image, and tells what is news of it as events unless `silent`. */
export async function tell(
  image: ContainerImage,
  context: Context,
  status: Known,
  conditions: readonly ConditionInput[],
  progress: Progress,
  silent = false,
): Promise<void> {
  const action = image.metadata.deletionTimestamp ? "Delete" : "Pull";
  await report(context, image, { status, conditions, progress, action, silent });
}

export async function tellReady(
  image: ContainerImage,
  context: Context,
  status: Known,
): Promise<void> {
  const count = status.disks?.length ?? 0;
  const ready = (type: ConditionInput["type"], message: string): ConditionInput => ({
    type,
    status: "True",
    reason: REASONS.Available,
    message,
  });
  await tell(
    image,
    context,
    status,
    [
      ready(CONDITIONS.Ready, `${count} ${count === 1 ? "disk" : "disks"}`),
      RESOLVED,
      ready(CONDITIONS.Unpacked, "Every disk is sealed"),
    ],
    "done",
  );
}

/** Says how far building has come. */
export async function tellProgress(
  image: ContainerImage,
  context: Context,
  status: Known,
  problem: Problem,
): Promise<void> {
  const conditions = [
    failed(CONDITIONS.Ready, problem),
    RESOLVED,
    failed(CONDITIONS.Unpacked, problem),
  ];
  await tell(image, context, status, conditions, "working");
}
