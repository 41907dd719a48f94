import type { ContainerImage } from "./containerimage.gen.ts";
import { LABELS } from "./metadata.ts";

/** Whether an image's tag means something else by now. */
export const isSuperseded = ({ metadata }: Pick<ContainerImage, "metadata">): boolean =>
  metadata.labels?.[LABELS.superseded] === "true";
