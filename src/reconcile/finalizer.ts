import type { KubeClient } from "../kube/client.ts";
import { isConflict, isNotFound } from "../kube/errors.ts";
import type { Kind } from "../kube/kind.ts";
import type { KubeObject } from "../kube/object.ts";

const attempts = 5;

/** Adds the finalizer if it is missing; returns the object as written. One that is gone or being deleted gets none. */
export async function ensureFinalizer<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  object: T,
  finalizer: string,
): Promise<T | undefined> {
  return changeFinalizers(client, kind, object, (finalizers, deleting) =>
    finalizers.includes(finalizer) || deleting ? undefined : [...finalizers, finalizer],
  );
}

/** Removes the finalizer if it is there; returns the object as written. Fine when the object is gone. */
export async function removeFinalizer<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  object: T,
  finalizer: string,
): Promise<T | undefined> {
  return changeFinalizers(client, kind, object, (finalizers) =>
    finalizers.includes(finalizer) ? finalizers.filter((other) => other !== finalizer) : undefined,
  );
}

/**
 * Finalizers are a list that several controllers share, so it is written whole under an optimistic lock: whoever loses
 * the race reads anew. Only the object of the same UID is touched, never one that took over its name.
 */
async function changeFinalizers<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  object: T,
  change: (finalizers: readonly string[], deleting: boolean) => readonly string[] | undefined,
): Promise<T | undefined> {
  const ref = { name: object.metadata?.name ?? "", namespace: object.metadata?.namespace };
  let current = object;
  for (let attempt = 1; ; attempt += 1) {
    const { finalizers = [], deletionTimestamp, resourceVersion } = current.metadata ?? {};
    const wanted = change(finalizers, deletionTimestamp !== undefined);
    if (wanted === undefined) return undefined;
    try {
      const patch = { metadata: { resourceVersion, finalizers: wanted } };
      return await client.patch(kind, ref, { type: "merge", patch });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!isConflict(error) || attempt === attempts) throw error;
    }
    try {
      current = await client.get(kind, ref);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
    if (current.metadata?.uid !== object.metadata?.uid) return undefined;
  }
}
