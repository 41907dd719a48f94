import { REASONS } from "../../api/conditions.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { FIELD_MANAGERS } from "../../api/metadata.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { KubeClient } from "../../kube/client.ts";
import { isNotFound } from "../../kube/errors.ts";
import type { Informer } from "../../kube/informer.ts";
import { keyOf, refKey } from "../../kube/object.ts";
import type { ControllerSpec, Source } from "../../reconcile/controller.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import { hostOfWorker } from "../identities/identities.ts";
import type { Links } from "../links/links.ts";
import { fill, type FillOptions } from "./filling.ts";
import { type AttachedDisk, disksToUnpack, withAnswer } from "./plan.ts";
import type { UnpackResult } from "./progress.ts";
import { Turns } from "./turns.ts";

/** Layers of many gigabytes over a slow line. */
const TIMEOUT_MS = 60 * 60 * 1000;
const BY_HOST = "host";
const CUT_SHORT: UnpackResult = {
  result: "Failed",
  reason: REASONS.LinkBroken,
  message:
    "The connection to the worker broke, or may have broken, while the disk was being filled",
};

const UNWANTED: UnpackResult = {
  result: "Failed",
  reason: REASONS.Deleting,
  message: "The image is being deleted",
};

export interface LayersOptions extends FillOptions {
  readonly links: Links;
  readonly hosts: Informer<VirtualContainerHost>;
  readonly images: Informer<ContainerImage>;
}

/** Has workers fill the disks that the operator attached to them, and writes what became of it. */
export function layersController(options: LayersOptions): ControllerSpec<ContainerImage> {
  const { links, hosts, images } = options;
  const turns = new Turns();
  /** What could not be written yet: a disk isn't filled twice because the API server was away. */
  const untold = new Map<string, UnpackResult>();
  /** Attempts that have been begun, or may have been: over a link before this one, by this process or another. */
  const begun = new Set<string>();
  images.addIndex(BY_HOST, (image) => [hostKey(image)]);
  links.onLinked((guestId) => {
    for (const image of imagesOf(options, guestId))
      for (const disk of disksToUnpack(image.status ?? {})) begun.add(attemptOf(image, disk));
  });

  return {
    name: "layers",
    kind: KINDS.ContainerImage,
    sources: [wakeSource(options, turns)],
    timeoutMs: TIMEOUT_MS,
    group: (_key, image) => (image === undefined ? "" : hostKey(image)),
    async reconcile({ object: image }, context): Promise<Outcome> {
      const [disk, ...others] = disksToUnpack(image?.status ?? {});
      if (image === undefined || disk === undefined) return awaitChange();
      const attempt = attemptOf(image, disk);
      const host = hosts.store.get(hostKey(image));
      if (host === undefined) return awaitChange();
      let result = image.metadata.deletionTimestamp ? UNWANTED : untold.get(attempt);
      // Layers applied to what an earlier run left don't make what they make of a fresh disk; a first disk is formatted anew.
      if (disk.parent !== undefined && begun.has(attempt)) result ??= CUT_SHORT;
      if (result === undefined) {
        const link = links.get(host.status?.worker?.id ?? "");
        if (link === undefined) return awaitChange(); // a new link wakes the key
        const giveBack = turns.take(link.guestId);
        if (giveBack === undefined) return park(workerTopic(link.guestId));
        begun.add(attempt);
        const unwanted = whenDeleted(images, image);
        const signal = AbortSignal.any([context.signal, unwanted.signal]);
        result = await fill(options, { image, disk, host, link }, { ...context, signal })
          .catch((error: unknown) => {
            if (unwanted.signal.aborted && !context.signal.aborted) return UNWANTED;
            throw error;
          })
          .finally(() => {
            unwanted.stop();
            giveBack();
          });
        untold.set(attempt, result);
      }
      await answer(images, image, disk, result, context.client);
      untold.delete(attempt);
      begun.delete(attempt);
      return others.length > 0 ? requeueAfter(0) : awaitChange();
    },
  };
}

/** Writes what became of a disk. */
async function answer(
  images: Informer<ContainerImage>,
  image: ContainerImage,
  disk: AttachedDisk,
  result: UnpackResult,
  client: KubeClient,
): Promise<void> {
  const { name, namespace } = image.metadata;
  // Whatever was answered while this disk was being filled must stand on.
  const status = images.store.get(keyOf(image))?.status ?? image.status ?? {};
  const unpacks = withAnswer(status, {
    chainId: disk.chainId,
    attempt: disk.attached.attempt,
    finishedAt: new Date().toISOString(),
    ...result,
  });
  try {
    await client.applyStatus(
      KINDS.ContainerImage,
      { metadata: { name, namespace }, status: { unpacks: [...unpacks] } },
      { fieldManager: FIELD_MANAGERS.console },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error; // nobody waits for the answer any more
  }
}

/** Aborts when somebody deletes an image, or has done so. */
function whenDeleted(
  images: Informer<ContainerImage>,
  { metadata }: ContainerImage,
): { readonly signal: AbortSignal; readonly stop: () => void } {
  const deleted = new AbortController();
  const look = (now: ContainerImage): void => {
    if (now.metadata.uid === metadata.uid && now.metadata.deletionTimestamp) deleted.abort();
  };
  const gone = ({ metadata: { uid } }: ContainerImage): void => {
    if (uid === metadata.uid) deleted.abort();
  };
  const stop = images.addHandler({ add: look, update: look, delete: gone });
  return { signal: deleted.signal, stop };
}

/** A new link makes work possible for the images of its host, and so does a turn that is free again. */
function wakeSource(options: LayersOptions, turns: Turns): Source {
  return {
    name: "links",
    run: (queue, signal) => {
      const stops = [
        options.links.onLinked((guestId) => {
          for (const image of imagesOf(options, guestId)) queue.enqueue(keyOf(image));
        }),
        turns.onFree((guestId) => queue.wake(workerTopic(guestId))),
      ];
      signal.addEventListener("abort", () => stops.forEach((stop) => stop()), { once: true });
    },
  };
}

function imagesOf({ hosts, images }: LayersOptions, workerId: string): readonly ContainerImage[] {
  const host = hostOfWorker(hosts, workerId);
  return host === undefined ? [] : images.store.byIndex(BY_HOST, keyOf(host));
}

const attemptOf = ({ metadata }: ContainerImage, { chainId, attached }: AttachedDisk): string =>
  `${metadata.uid ?? ""} ${chainId} ${attached.attempt}`;

const workerTopic = (guestId: string) => `worker ${guestId}`;

const hostKey = (image: ContainerImage) =>
  refKey({ namespace: image.metadata.namespace, name: image.spec.hostRef.name });
