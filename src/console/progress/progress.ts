import type { Readable } from "node:stream";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { Informer } from "../../kube/informer.ts";
import type { UnpackProgress } from "./unpack-progress.ts";

export interface ProgressDependencies {
  readonly images: Informer<ContainerImage>;
  readonly unpacking: UnpackProgress;
}

/** How far an image's layers are: object mode, ImageProgress, on every change; ends when the image needs no more work. */
export function openProgress(
  _deps: ProgressDependencies,
  _image: ContainerImage,
  _signal: AbortSignal,
): Readable {
  throw new Error("to come");
}
