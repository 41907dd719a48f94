import type { KubeObject } from "../kube/object.ts";

/** On an object: controllers leave it alone, whatever else it says, unless the value is `false`. */
export const pausedAnnotation = "vic.dev/paused";

/** Whether the user asked to leave the object alone, by `spec.paused` or by annotation. Deletion waits too. */
export function isPaused(object: KubeObject): boolean {
  const annotation = object.metadata?.annotations?.[pausedAnnotation];
  if (annotation !== undefined && annotation !== "false") return true;
  return (object as { spec?: { paused?: boolean } }).spec?.paused === true;
}
