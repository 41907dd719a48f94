import { CONDITIONS, REASONS, type Reason } from "../../api/conditions.ts";
import type {
  ContainerImage,
  ContainerImageStatusDisk,
  ContainerImageStatusUnpack,
} from "../../api/containerimage.gen.ts";
import { keyOf } from "../../kube/object.ts";
import { isTrue } from "../../reconcile/conditions.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import { readVmHardware, type VmRecord } from "../../vsphere/index.ts";
import { hostTopic, type LiveHost } from "../hosts/host-registry.ts";
import { realPath } from "../directories/real-path.ts";
import type { Problem } from "../reporting/problem.ts";
import { changeWorker, deleteDisk, type ImageStore, probeDisk, sealDisk } from "./disks.ts";
import { progressing, workerFailure } from "./worker-wait.ts";
import { unpackedEvent } from "./unpacked-event.ts";
import { answerTo, nextAttempt, planDisks, retryUnpackMs, withState } from "./plan.ts";
import {
  type Context,
  countFailure,
  type Disks,
  failed,
  forget,
  imagesOf,
  type Known,
  RESOLVED,
  runningWorker,
  type Scope,
  tell,
  tellProgress,
  tellReady,
} from "./scope.ts";

/** One run of building: what it is about, and where it works. */
interface Site {
  readonly scope: Scope;
  readonly image: ContainerImage;
  readonly key: string;
  readonly live: LiveHost;
  readonly store: ImageStore;
  readonly unpacks: readonly ContainerImageStatusUnpack[];
}

/** What a step made of the disks, or why building stops here: what it waits for, or what a failure leads to. */
type Stepped =
  | { readonly disks: Disks }
  | { readonly wait: Problem }
  | {
      readonly failure: {
        readonly disks: Disks;
        readonly problem: Problem;
        readonly retryMs: number;
      };
    };

/** Builds an image's chain of disks as far as it goes without waiting, and tells how far that is. */
export async function build(
  scope: Scope,
  image: ContainerImage,
  live: LiveHost,
  context: Context,
  status: Known,
): Promise<Outcome> {
  if (!live.equipment) return park(hostTopic(live.key));
  const store: ImageStore = {
    server: live.server,
    store: live.store,
    hostId: live.id,
    browser: live.equipment.browser,
  };
  const unpacks = image.status?.unpacks ?? [];
  const site: Site = { scope, image, key: keyOf(image), live, store, unpacks };
  let disks: Disks = status.disks ?? [];
  if (scope.suspects.delete(site.key)) disks = await lookAgain(site, disks);
  for (;;) {
    const stepped = await step(site, disks);
    if (stepped === "done") {
      const begunMs = scope.begunAt.get(site.key);
      forget(scope, site.key);
      await tellReady(image, context, { ...status, disks: [...disks] });
      const event = unpackedEvent(disks, unpacks, begunMs && Date.now() - begunMs);
      if (!isTrue(image.status?.conditions, CONDITIONS.Ready)) context.event(image, event);
      return awaitChange();
    }
    if ("disks" in stepped) {
      disks = stepped.disks;
      continue;
    }
    if ("wait" in stepped) {
      await tellProgress(image, context, { ...status, disks: [...disks] }, stepped.wait);
      return awaitChange();
    }
    const { problem, retryMs } = stepped.failure;
    scope.retryAt.set(site.key, Date.now() + retryMs);
    const conditions = [
      failed(CONDITIONS.Ready, problem),
      RESOLVED,
      failed(CONDITIONS.Unpacked, problem),
    ];
    await tell(
      image,
      context,
      { ...status, disks: [...stepped.failure.disks] },
      conditions,
      "stuck",
    );
    return requeueAfter(retryMs);
  }
}

async function step(site: Site, disks: Disks): Promise<Stepped | "done"> {
  const planned = planDisks(disks, site.unpacks);
  switch (planned.do) {
    case "nothing":
      return "done";
    case "await":
      return (await isAttached(site, disks[planned.index]))
        ? { wait: workerFailure(hostOf(site)) ?? progressing("Its layers are being unpacked") }
        : { disks: withState(disks, planned.index, "Pending") };
    case "begin":
      return begin(site, disks, planned.index);
    case "seal":
      return { disks: await seal(site, disks, planned.index) };
    case "discard":
      return discard(site, disks, planned.index, planned.answer);
  }
}

/** Adopts a disk that stands on the datastore, or attaches a new one to the worker. */
async function begin(site: Site, disks: Disks, index: number): Promise<Stepped> {
  const { scope, live, key, store, unpacks } = site;
  const disk = at(disks, index);
  if (!scope.builders.claim(live.key, disk.chainId, key))
    return { wait: progressing("Another image is building a disk that this one needs") };
  if ((await probeDisk(store, disk.chainId)) === "sealed") {
    release(site, disk.chainId);
    return { disks: withState(disks, index, "Ready") };
  }
  const worker = runningWorker(live);
  if (!worker)
    return { wait: workerFailure(hostOf(site)) ?? progressing("Waits for the host's worker") };
  const change = { detach: [], attach: attachmentOf(disk) };
  const target = await scope.workerLock.run(live.key, () =>
    changeWorker(store, worker.ref, change),
  );
  return { disks: attached(site, disks, index, worker, target ?? 0, unpacks) };
}

/** Takes a filled disk off the worker, the next one on by the same reconfigure, and seals it. */
async function seal(site: Site, disks: Disks, index: number): Promise<Disks> {
  const { scope, live, store, unpacks } = site;
  const disk = at(disks, index);
  const answer = answerTo(disk, unpacks);
  const worker = runningWorker(live);
  const next = worker && (await nextToAttach(site, disks, index + 1));
  let target: number | undefined;
  if (worker) {
    const change = { detach: [disk.chainId], ...(next ? { attach: attachmentOf(next) } : {}) };
    target = await scope.workerLock.run(live.key, () => changeWorker(store, worker.ref, change));
  }
  await sealDisk(store, disk, { usedBytes: answer?.usedBytes, files: answer?.files });
  release(site, disk.chainId);
  const sealed = withState(disks, index, "Ready");
  if (!next || !worker || target === undefined) return sealed;
  return attached(site, sealed, index + 1, worker, target, unpacks);
}

/** The disk above, where nothing stands of it yet and nobody else builds it. */
async function nextToAttach(
  { scope, live, key, store }: Site,
  disks: Disks,
  index: number,
): Promise<ContainerImageStatusDisk | undefined> {
  const next = disks[index];
  if (next?.state !== "Pending" || !scope.builders.claim(live.key, next.chainId, key))
    return undefined;
  return (await probeDisk(store, next.chainId)) === "absent" ? next : undefined;
}

/** Throws away a disk that could not be filled. */
async function discard(
  site: Site,
  disks: Disks,
  index: number,
  answer: ContainerImageStatusUnpack,
): Promise<Stepped> {
  const { scope, live, key, store } = site;
  const { chainId } = at(disks, index);
  const worker = runningWorker(live);
  if (worker)
    await scope.workerLock.run(live.key, () =>
      changeWorker(store, worker.ref, { detach: [chainId] }),
    );
  await deleteDisk(store, chainId);
  release(site, chainId);
  const problem: Problem = {
    reason: (answer.reason ?? REASONS.UnpackFailed) as Reason,
    message: `${answer.message ?? "A layer could not be unpacked"}. It is fetched again after a while.`,
  };
  const retryMs = retryUnpackMs(answer.reason, countFailure(scope, key));
  return { failure: { disks: withState(disks, index, "Failed"), problem, retryMs } };
}

function attached(
  { scope, store, key }: Site,
  disks: Disks,
  index: number,
  worker: VmRecord,
  target: number,
  unpacks: readonly ContainerImageStatusUnpack[],
): Disks {
  const { chainId } = at(disks, index);
  scope.attachedTo.set(`${store.hostId} ${chainId}`, worker.ref.value);
  if (!scope.begunAt.has(key)) scope.begunAt.set(key, Date.now());
  return withState(disks, index, "Attached", { target, attempt: nextAttempt(chainId, unpacks) });
}

/** Whether a disk that the status calls attached is: vSphere is asked only by a process that hasn't seen it itself. */
async function isAttached(
  { scope, live, store }: Site,
  disk: ContainerImageStatusDisk | undefined,
): Promise<boolean> {
  const worker = runningWorker(live);
  if (!worker || !disk) return false;
  const place = `${store.hostId} ${disk.chainId}`;
  if (scope.attachedTo.get(place) === worker.ref.value) return true;
  const hardware = await readVmHardware(store.server.vsphere, worker.ref);
  const path = await realPath(store.server, disk.path);
  const there = hardware?.devices.some(({ fileName }) => fileName === path) ?? false;
  if (there) scope.attachedTo.set(place, worker.ref.value);
  return there;
}

/** What of the disks that the status calls whole isn't there any more. A keeper's child of a missing disk would be in the way of a new one. */
async function lookAgain({ scope, live, store }: Site, disks: Disks): Promise<Disks> {
  let result = disks;
  const missing: string[] = [];
  for (const [index, { state, chainId }] of disks.entries()) {
    if (state !== "Ready" || (await probeDisk(store, chainId)) === "sealed") continue;
    missing.push(chainId);
    result = withState(result, index, "Pending");
  }
  if (missing.length > 0) await scope.deps.keepers.release(live, missing);
  return result;
}

const hostOf = ({ scope, live }: Site) => scope.containerHosts.get(live.key);

/** Gives a disk back; the other images of the host may want it. */
function release({ scope, live, key }: Site, chainId: string): void {
  if (!scope.builders.release(live.key, chainId, key)) return;
  for (const each of imagesOf(scope, live.key)) if (each !== key) scope.queue?.enqueue(each);
}

function at(disks: Disks, index: number): ContainerImageStatusDisk {
  const disk = disks[index];
  if (!disk) throw new RangeError(`an image has no disk ${index}`);
  return disk;
}

const attachmentOf = ({ chainId, parent }: ContainerImageStatusDisk) => ({
  chainId,
  ...(parent === undefined ? {} : { parent }),
});
