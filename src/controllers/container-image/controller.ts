import { CONDITIONS, type Reason, REASONS } from "../../api/conditions.ts";
import type { ContainerImage, ContainerImageStatusDisk } from "../../api/containerimage.gen.ts";
import { instanceUuid, workerId } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import { FINALIZER } from "../../api/metadata.ts";
import { imageDiskPaths } from "../../api/naming.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { secretKind } from "../../kube/core-kinds.ts";
import { keyOf, refKey } from "../../kube/object.ts";
import {
  formatReference,
  ImageError,
  parseReference,
  planChain,
  readRegistrySettings,
  resolveImage,
} from "../../oci/index.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import {
  type ControllerSpec,
  type Enqueue,
  type ReconcileContext,
  watching,
} from "../../reconcile/controller.ts";
import { ReconcileError } from "../../reconcile/errors.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import { readVmHardware, type VmRecord } from "../../vsphere/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { explainError, toReconcileError } from "../failures/vsphere-failure.ts";
import { hostKeyOf } from "../hosts/host-key.ts";
import { hostTopic, type LiveHost, vmOfHost } from "../hosts/host-registry.ts";
import type { Problem } from "../placement/problem.ts";
import { type Progress, report } from "../reporting/report.ts";
import { changeWorker, deleteDisk, type ImageStore, probeDisk, sealDisk } from "./disks.ts";
import { KeyedMutex } from "./mutex.ts";
import {
  answerTo,
  disksToDelete,
  nextAttempt,
  pendingDisks,
  planDisks,
  retryResolveMs,
  retryUnpackMs,
  withState,
} from "./plan.ts";
import { imageUsers } from "./users.ts";

type Context = ReconcileContext<ContainerImage>;
type Status = Omit<
  NonNullable<ContainerImage["status"]>,
  "conditions" | "observedGeneration" | "unpacks"
>;
type Disks = readonly ContainerImageStatusDisk[];

const BY_HOST = "host";

/** Resolves each ContainerImage and builds its chain of disks, which the console fills. */
export function containerImageController(deps: Dependencies): ControllerSpec<ContainerImage> {
  const { informers, hosts, servers } = deps;
  const images = informers.of(KINDS.ContainerImage);
  const containerHosts = informers.of(KINDS.VirtualContainerHost);
  const secrets = informers.of(secretKind);
  const usersOf = imageUsers(informers);
  images.addIndex(BY_HOST, (image) => [hostKeyOf(image)]);

  let queue: Enqueue | undefined;
  /** Which image builds a disk: two must not build the same at once. `<host> <chain id>` to key. */
  const builders = new Map<string, string>();
  const workerLock = new KeyedMutex();
  const failures = new Map<string, number>();
  /** Images of which a disk seems to be missing. */
  const suspects = new Set<string>();
  hosts.onSuspectImage((key) => {
    suspects.add(key);
    queue?.enqueue(key);
  });
  const ofHost = (key: string): string[] =>
    images.store.byIndex(BY_HOST, key).map((each) => keyOf(each));
  const wakeHost = (key: string): void => ofHost(key).forEach((each) => queue?.enqueue(each));

  async function tell(
    image: ContainerImage,
    context: Context,
    status: Status,
    conditions: ConditionInput[],
    progress: Progress,
    silent = false,
  ): Promise<void> {
    await report(context, image, { status, conditions, progress, action: "Pull", silent });
  }

  async function resolve(
    image: ContainerImage,
    host: VirtualContainerHost,
    live: LiveHost,
    context: Context,
  ): Promise<Outcome> {
    const key = keyOf(image);
    try {
      const reference = parseReference(image.spec.image);
      const settings = await readRegistrySettings(host.spec.registries, (name) =>
        Promise.resolve(secretData(host.metadata.namespace, name)),
      );
      const found = await resolveImage(reference, settings, context.signal);
      const chain = planChain(found.layers);
      if (chain.length === 0)
        throw new ImageError(
          "UnsupportedImage",
          `image ${formatReference(reference)} has no files`,
        );
      failures.delete(key);
      const { entrypoint, cmd, env, workingDir, user, stopSignal, labels } = found.config;
      const status: Status = {
        reference: formatReference(reference),
        digest: found.digest,
        imageId: found.imageId,
        sizeBytes: found.size,
        config: {
          entrypoint: [...entrypoint],
          cmd: [...cmd],
          env: [...env],
          workingDir,
          user,
          stopSignal,
          labels: { ...labels },
        },
        disks: pendingDisks(chain, (chainId) => imageDiskPaths(live.store, live.id, chainId).disk),
      };
      return await build(image, live, context, status);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      const problem: Problem = { reason: error.code as Reason, message: `${error.message}.` };
      const final = error.code === "InvalidReference" || error.code === "UnsupportedImage";
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      await tell(
        image,
        context,
        {},
        [failed(CONDITIONS.Ready, problem), failed(CONDITIONS.Resolved, problem)],
        final ? "stuck" : "working",
      );
      return final ? awaitChange() : requeueAfter(retryResolveMs(count));
    }
  }

  function secretData(namespace: string, name: string): Record<string, string> | undefined {
    const data = secrets.store.get(refKey({ namespace, name }))?.data;
    return (
      data &&
      Object.fromEntries(
        Object.entries(data).map(([key, value]) => [
          key,
          Buffer.from(value, "base64").toString("utf8"),
        ]),
      )
    );
  }

  /** Goes on building the chain, as far as it goes without waiting. */
  async function build(
    image: ContainerImage,
    live: LiveHost,
    context: Context,
    status: Status,
  ): Promise<Outcome> {
    const { equipment } = live;
    if (!equipment) return park(hostTopic(live.key));
    const store: ImageStore = {
      server: live.server,
      store: live.store,
      hostId: live.id,
      browser: equipment.browser,
    };
    const unpacks = image.status?.unpacks ?? [];
    let disks: Disks = status.disks ?? [];
    if (suspects.delete(keyOf(image))) disks = await lookAgain(store, disks);
    for (;;) {
      const step = planDisks(disks, unpacks);
      switch (step.do) {
        case "nothing": {
          release(image, live);
          failures.delete(keyOf(image));
          await tell(
            image,
            context,
            { ...status, disks: [...disks] },
            readyConditions(disks),
            "done",
          );
          return awaitChange();
        }
        case "await": {
          const worker = workerOf(live);
          if (!worker || !(await isAttached(store, worker, disks[step.index]))) {
            disks = withState(disks, step.index, "Pending");
            continue;
          }
          await progress(
            image,
            context,
            { ...status, disks: [...disks] },
            "Its layers are being unpacked",
          );
          return awaitChange();
        }
        case "begin": {
          const { chainId } = disks[step.index]!;
          if (!claim(image, live, chainId)) {
            await progress(
              image,
              context,
              { ...status, disks: [...disks] },
              "Another image is building a disk that this one needs",
            );
            return awaitChange();
          }
          if ((await probeDisk(store, chainId)) === "sealed") {
            disks = withState(disks, step.index, "Ready");
            unclaim(live, chainId);
            continue;
          }
          const worker = workerOf(live);
          if (!worker) {
            await progress(
              image,
              context,
              { ...status, disks: [...disks] },
              "Waits for the host's worker",
            );
            return awaitChange();
          }
          const target = await workerLock.run(live.key, () =>
            changeWorker(store, worker.ref, {
              detach: [],
              attach: attachmentOf(disks[step.index]!),
            }),
          );
          disks = withState(disks, step.index, "Attached", {
            target: target ?? 0,
            attempt: nextAttempt(chainId, unpacks),
          });
          attachedAt.set(`${hostOf(store)} ${chainId}`, worker.ref.value);
          continue;
        }
        case "seal": {
          disks = await seal(image, live, store, disks, step.index);
          continue;
        }
        case "discard": {
          const disk = disks[step.index]!;
          const worker = workerOf(live);
          if (worker)
            await workerLock.run(live.key, () =>
              changeWorker(store, worker.ref, { detach: [disk.chainId] }),
            );
          await deleteDisk(store, disk.chainId);
          unclaim(live, disk.chainId);
          const count = (failures.get(keyOf(image)) ?? 0) + 1;
          failures.set(keyOf(image), count);
          const problem: Problem = {
            reason: (step.answer.reason ?? REASONS.UnpackFailed) as Reason,
            message: `${step.answer.message ?? "A layer could not be unpacked"}. It is fetched again after a while.`,
          };
          disks = withState(disks, step.index, "Failed");
          retryAt.set(keyOf(image), Date.now() + retryUnpackMs(step.answer.reason, count));
          await tell(
            image,
            context,
            { ...status, disks: [...disks] },
            [
              failed(CONDITIONS.Ready, problem),
              resolvedCondition,
              failed(CONDITIONS.Unpacked, problem),
            ],
            "stuck",
          );
          return requeueAfter(retryUnpackMs(step.answer.reason, count));
        }
      }
    }
  }

  /** When a failed image may be tried again: what else wakes its key must not make it a hot loop. */
  const retryAt = new Map<string, number>();
  /** On which worker a disk was attached in this process. */
  const attachedAt = new Map<string, string>();

  /** Takes a filled disk off the worker, the next one on by the same reconfigure, and seals it. */
  async function seal(
    image: ContainerImage,
    live: LiveHost,
    store: ImageStore,
    disks: Disks,
    index: number,
  ): Promise<Disks> {
    const disk = disks[index]!;
    const unpacks = image.status?.unpacks ?? [];
    const answer = answerTo(disk, unpacks);
    const worker = workerOf(live);
    const next = disks[index + 1];
    const attachNext =
      worker &&
      next?.state === "Pending" &&
      claim(image, live, next.chainId) &&
      (await probeDisk(store, next.chainId)) === "absent"
        ? next
        : undefined;
    let target: number | undefined;
    if (worker) {
      const change = {
        detach: [disk.chainId],
        ...(attachNext ? { attach: attachmentOf(attachNext) } : {}),
      };
      target = await workerLock.run(live.key, () => changeWorker(store, worker.ref, change));
    }
    await sealDisk(store, disk, { usedBytes: answer?.usedBytes, files: answer?.files });
    unclaim(live, disk.chainId);
    const sealed = withState(disks, index, "Ready");
    if (!attachNext || target === undefined || !worker) return sealed;
    attachedAt.set(`${hostOf(store)} ${attachNext.chainId}`, worker.ref.value);
    return withState(sealed, index + 1, "Attached", {
      target,
      attempt: nextAttempt(attachNext.chainId, unpacks),
    });
  }

  /** Whether a disk that the status calls attached is: asked of vSphere only by a process that didn't attach it itself. */
  async function isAttached(
    store: ImageStore,
    worker: VmRecord,
    disk: ContainerImageStatusDisk | undefined,
  ): Promise<boolean> {
    if (!disk) return false;
    const at = `${hostOf(store)} ${disk.chainId}`;
    if (attachedAt.get(at) === worker.ref.value) return true;
    if (!(await attachedDisk(store, worker, disk))) return false;
    attachedAt.set(at, worker.ref.value);
    return true;
  }

  async function lookAgain(store: ImageStore, disks: Disks): Promise<Disks> {
    let result = disks;
    for (const [index, disk] of disks.entries()) {
      if (disk.state === "Ready" && (await probeDisk(store, disk.chainId)) !== "sealed")
        result = withState(result, index, "Pending");
    }
    return result;
  }

  const builderKey = (live: LiveHost, chainId: string): string => `${live.key} ${chainId}`;
  function claim(image: ContainerImage, live: LiveHost, chainId: string): boolean {
    const holder = builders.get(builderKey(live, chainId));
    const holds =
      holder !== undefined && holder !== keyOf(image) && images.store.get(holder) !== undefined;
    if (!holds) builders.set(builderKey(live, chainId), keyOf(image));
    return !holds;
  }
  function unclaim(live: LiveHost, chainId: string): void {
    if (builders.delete(builderKey(live, chainId))) wakeHost(live.key);
  }
  function release(image: ContainerImage, live: LiveHost): void {
    for (const { chainId } of image.status?.disks ?? [])
      if (builders.get(builderKey(live, chainId)) === keyOf(image)) unclaim(live, chainId);
  }

  const progress = (
    image: ContainerImage,
    context: Context,
    status: Status,
    message: string,
  ): Promise<void> => {
    const problem: Problem = { reason: REASONS.Progressing, message };
    return tell(
      image,
      context,
      status,
      [failed(CONDITIONS.Ready, problem), resolvedCondition, failed(CONDITIONS.Unpacked, problem)],
      "working",
    );
  };

  async function remove(image: ContainerImage, context: Context): Promise<Outcome> {
    const users = usersOf(image).toSorted();
    if (users.length > 0) {
      const problem: Problem = {
        reason: REASONS.DeletionBlocked,
        message: `Containers use it: ${users.slice(0, 10).join(", ")}${users.length > 10 ? ", …" : ""}. Delete them first.`,
      };
      await tell(
        image,
        context,
        knownStatus(image),
        [failed(CONDITIONS.Ready, problem)],
        "working",
      );
      return awaitChange();
    }
    const host = containerHosts.store.get(hostKeyOf(image));
    const disks = image.status?.disks ?? [];
    if (host && disks.length > 0) {
      const live = hosts.get(hostKeyOf(image));
      if (!live) return park(hostTopic(hostKeyOf(image)));
      await deleteDisks(image, live, disks);
      release(image, live);
    }
    failures.delete(keyOf(image));
    retryAt.delete(keyOf(image));
    await context.removeFinalizer(image, FINALIZER);
    return awaitChange();
  }

  async function deleteDisks(image: ContainerImage, live: LiveHost, disks: Disks): Promise<void> {
    const others = images.store
      .byIndex(BY_HOST, live.key)
      .filter(
        (each) => each.metadata.uid !== image.metadata.uid && !each.metadata.deletionTimestamp,
      )
      .map((each) => each.status?.disks ?? []);
    const store = {
      server: live.server,
      store: live.store,
      hostId: live.id,
      browser: live.equipment?.browser ?? live.server.datacenter.ref,
    };
    const chainIds = disksToDelete(disks, others);
    const worker = workerOf(live, true);
    if (worker && disks.some(({ state }) => state !== "Ready")) {
      await workerLock.run(live.key, () => changeWorker(store, worker.ref, { detach: chainIds }));
    }
    for (const chainId of chainIds) await deleteDisk(store, chainId);
  }

  return {
    name: "containerimage",
    kind: KINDS.ContainerImage,
    group: (key, image) => (image ? hostKeyOf(image) : key),
    foreignStatus: ["unpacks"],
    timeoutMs: 15 * 60_000,
    watches: [
      watching(KINDS.ContainerVM, (container) =>
        container.status?.imageRef
          ? [
              refKey({
                namespace: container.metadata.namespace,
                name: container.status.imageRef.name,
              }),
            ]
          : [],
      ),
      watching(KINDS.VirtualContainerHost, (host) =>
        images.store
          .byIndex(BY_HOST, keyOf(host))
          .filter(
            ({ status, metadata }) =>
              status?.conditions?.find(({ type }) => type === "Ready")?.status !== "True" ||
              metadata.deletionTimestamp,
          )
          .map((each) => keyOf(each)),
      ),
      watching(secretKind, (secret) =>
        containerHosts.store
          .list(secret.metadata?.namespace)
          .filter(({ spec }) =>
            [spec.registries?.caSecretRef?.name, spec.registries?.pullSecretRef?.name].includes(
              secret.metadata?.name,
            ),
          )
          .flatMap((host) => ofHost(keyOf(host))),
      ),
    ],
    sources: [
      {
        name: "hosts",
        run: (enqueue, signal) => {
          queue = enqueue;
          const stops = [
            hosts.onPut((key) => enqueue.wake(hostTopic(key))),
            // A worker that came or went makes work possible, or undoes it.
            servers.onVm((server, { vm }) => {
              for (const host of hosts.all()) {
                if (
                  host.server.key === server.key &&
                  vm.instanceUuid === instanceUuid(host.id, workerId(host.id))
                ) {
                  for (const image of images.store.byIndex(BY_HOST, host.key)) {
                    if (image.status?.disks?.some(({ state }) => state !== "Ready"))
                      enqueue.enqueue(keyOf(image));
                  }
                }
              }
            }),
          ];
          signal.addEventListener("abort", () => stops.forEach((stop) => stop()), { once: true });
        },
      },
    ],
    async reconcile({ key, object: image }, context): Promise<Outcome> {
      if (!image) {
        failures.delete(key);
        retryAt.delete(key);
        return awaitChange();
      }
      try {
        if (image.metadata.deletionTimestamp) return await remove(image, context);
        if (await context.ensureFinalizer(image, FINALIZER)) return awaitChange();
        const hostKey = hostKeyOf(image);
        const host = containerHosts.store.get(hostKey);
        if (!host) {
          const problem: Problem = {
            reason: REASONS.HostNotFound,
            message: `There is no VirtualContainerHost "${image.spec.hostRef.name}" in this namespace: create it, or correct spec.hostRef.`,
          };
          await tell(
            image,
            context,
            knownStatus(image),
            [failed(CONDITIONS.Ready, problem)],
            "stuck",
          );
          return awaitChange();
        }
        const isWhole =
          image.status?.disks?.length && image.status.disks.every(({ state }) => state === "Ready");
        if (isWhole && !suspects.has(key)) {
          await tell(
            image,
            context,
            knownStatus(image),
            readyConditions(image.status?.disks ?? []),
            "done",
          );
          return awaitChange();
        }
        const live = hosts.get(hostKey);
        if (!live?.equipment) {
          const problem: Problem = {
            reason: REASONS.HostNotReady,
            message: `VirtualContainerHost "${image.spec.hostRef.name}" isn't ready.`,
          };
          await tell(
            image,
            context,
            knownStatus(image),
            [failed(CONDITIONS.Ready, problem)],
            "working",
          );
          return park(hostTopic(hostKey));
        }
        if (!image.status?.digest || !image.status.disks?.length)
          return await resolve(image, host, live, context);
        const waitMs = (retryAt.get(key) ?? 0) - Date.now();
        if (waitMs > 0) return requeueAfter(waitMs);
        return await build(image, live, context, knownStatus(image));
      } catch (cause) {
        const error = toReconcileError(cause);
        if (error instanceof ReconcileError) {
          await tell(
            image,
            context,
            knownStatus(image),
            [failed(CONDITIONS.Ready, explainError(error))],
            "working",
            error.handling !== "waiting",
          );
        }
        throw error;
      }
    },
  };
}

/** The host's worker, once it is on and has reported; or any, to take disks off it. */
function workerOf(live: LiveHost, any = false): VmRecord | undefined {
  const vm = vmOfHost(live, instanceUuid(live.id, workerId(live.id)));
  return any || vm?.powerState === "poweredOn" ? vm : undefined;
}

const hostOf = ({ server, hostId }: ImageStore): string => `${server.key} ${hostId}`;

const attachmentOf = ({
  chainId,
  parent,
}: ContainerImageStatusDisk): { chainId: string; parent?: string } => ({
  chainId,
  ...(parent === undefined ? {} : { parent }),
});

async function attachedDisk(
  store: ImageStore,
  worker: VmRecord,
  disk: ContainerImageStatusDisk,
): Promise<boolean> {
  const hardware = await readVmHardware(store.server.vsphere, worker.ref);
  return hardware?.devices.some(({ fileName }) => fileName === disk.path) ?? false;
}

const failed = (type: ConditionInput["type"], problem: Problem): ConditionInput => ({
  type,
  status: "False",
  ...problem,
});

const resolvedCondition: ConditionInput = {
  type: CONDITIONS.Resolved,
  status: "True",
  reason: REASONS.Available,
  message: "Digest, configuration and layers are known",
};

const readyConditions = (disks: Disks): ConditionInput[] => [
  {
    type: CONDITIONS.Ready,
    status: "True",
    reason: REASONS.Available,
    message: `${disks.length} ${disks.length === 1 ? "disk" : "disks"}`,
  },
  resolvedCondition,
  {
    type: CONDITIONS.Unpacked,
    status: "True",
    reason: REASONS.Available,
    message: "Every disk is sealed",
  },
];

function knownStatus({ status }: ContainerImage): Status {
  const {
    conditions: _conditions,
    observedGeneration: _generation,
    unpacks: _unpacks,
    ...known
  } = status ?? {};
  return known;
}
