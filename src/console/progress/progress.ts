import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { Informer } from "../../kube/informer.ts";
import { keyOf } from "../../kube/object.ts";
import type { ImageProgress } from "../client/console-client.ts";
import { isSettled, progressOf } from "./snapshot.ts";
import type { UnpackProgress } from "./unpack-progress.ts";

/** People read it: more often than this they can't. */
const PAUSE_MS = 100;

export interface ProgressDependencies {
  readonly images: Informer<ContainerImage>;
  /** Bytes are known of the disks that this process fills; of others the state alone. */
  readonly unpacking: UnpackProgress;
}

/**
 * How far an image's layers are: object mode, ImageProgress, first as it is and then on every change. It ends when the image is
 * ready, can't become so without somebody's help, or is deleted.
 */
export function openProgress(
  deps: ProgressDependencies,
  image: ContainerImage,
  signal: AbortSignal,
): Readable {
  const ended = new AbortController();
  const output = Readable.from(snapshots(deps, image, AbortSignal.any([signal, ended.signal])), {
    highWaterMark: 1,
  });
  const onAbort = (): void => void output.destroy();
  output.once("close", () => {
    ended.abort();
    signal.removeEventListener("abort", onAbort);
  });
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return output;
}

async function* snapshots(
  { images, unpacking }: ProgressDependencies,
  { metadata }: ContainerImage,
  signal: AbortSignal,
): AsyncGenerator<ImageProgress> {
  const key = keyOf({ metadata });
  let wake = (): void => {};
  const onImage = (changed: ContainerImage): void => {
    if (changed.metadata.uid === metadata.uid) wake();
  };
  const stops = [
    images.addHandler({ update: onImage, delete: onImage }),
    unpacking.onChange(() => wake()),
  ];
  signal.addEventListener("abort", () => wake(), { once: true });
  try {
    let told: ImageProgress | undefined;
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      const current = images.store.get(key);
      const image = current?.metadata.uid === metadata.uid ? current : undefined;
      const now = image && progressOf(image, (disk) => unpacking.of(disk));
      if (now !== undefined && now.layers.length > 0 && !isDeepStrictEqual(now, told))
        yield (told = now);
      if (isSettled(image)) return;
      if (signal.aborted) return;
      await changed;
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    for (const stop of stops) stop();
  }
}
