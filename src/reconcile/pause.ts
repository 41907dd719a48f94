import { ANNOTATIONS } from "../api/metadata.ts";
import type { KubeObject } from "../kube/object.ts";

/** Whether the user asked to leave the object alone, by `spec.paused` or by annotation. Deletion waits too. */
export function isPaused(object: KubeObject): boolean {
  const annotation = object.metadata?.annotations?.[ANNOTATIONS.paused];
  if (annotation !== undefined && annotation !== "false") return true;
  return (object as { spec?: { paused?: boolean } }).spec?.paused === true;
}
