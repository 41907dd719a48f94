import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { Tenant } from "../../tenant.ts";

/** What became of an image that was asked for. */
export type ImageOutcome =
  | { readonly type: "ready"; readonly image: ContainerImage }
  | { readonly type: "failed"; readonly reason: string; readonly message: string };

/** The reason of those that somebody took away. */
export const DELETED = "Deleted";

/** What won't be mended while a client waits. */
const FINAL: ReadonlySet<string> = new Set([
  REASONS.InvalidReference,
  REASONS.UnsupportedImage,
  REASONS.RegistryNotAllowed,
  REASONS.ImageNotFound,
  REASONS.RegistryUnauthorized,
  REASONS.RegistrySecretInvalid,
  REASONS.RegistryUntrusted,
  REASONS.ManifestInvalid,
  REASONS.DigestMismatch,
  REASONS.DiffIDMismatch,
  REASONS.LayerCorrupt,
  REASONS.PathEscapes,
  REASONS.NoSpace,
  REASONS.DatastoreFull,
]);

/** What is tried again by itself, however long it lasts: a client that waits may go on waiting. */
const TRIED_AGAIN: ReadonlySet<string> = new Set([
  REASONS.LinkBroken,
  REASONS.RegistryUnreachable,
  REASONS.RegistryFailed,
  REASONS.VSphereFault,
  REASONS.InternalError,
  REASONS.WorkerFailed,
]);

/** Whether an image is there, or won't be; undefined while it may yet. Pure. */
export function outcomeOf(image: ContainerImage): ImageOutcome | undefined {
  const conditions = image.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === CONDITIONS.Ready);
  if (ready?.status === "True") return { type: "ready", image };
  if (image.metadata.deletionTimestamp !== undefined)
    return { type: "failed", reason: DELETED, message: "the image was removed meanwhile" };
  const isStalled = conditions.some(
    ({ type, status }) => type === CONDITIONS.Stalled && status === "True",
  );
  if (ready === undefined) return undefined;
  const isFinal = FINAL.has(ready.reason) || (isStalled && !TRIED_AGAIN.has(ready.reason));
  if (!isFinal) return undefined;
  return { type: "failed", reason: ready.reason, message: ready.message };
}

/** Waits for {@link outcomeOf}. @throws the signal's reason */
export function awaitOutcome(
  { imageInformer }: Tenant,
  created: ContainerImage,
  signal: AbortSignal,
): Promise<ImageOutcome> {
  const { uid, namespace, name } = created.metadata;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const settle = (finish: () => void): void => {
      stopListening?.();
      signal.removeEventListener("abort", abort);
      finish();
    };
    const abort = (): void => settle(() => reject(signal.reason as Error));
    const see = (image: ContainerImage): void => {
      if (image.metadata.uid !== uid) return;
      const outcome = outcomeOf(image);
      if (outcome !== undefined) settle(() => resolve(outcome));
    };
    const gone = ({ metadata }: ContainerImage): void => {
      if (metadata.uid !== uid) return;
      const message = "the image was removed meanwhile";
      settle(() => resolve({ type: "failed", reason: DELETED, message }));
    };
    const stopListening = imageInformer.addHandler({ update: see, delete: gone, add: see });
    signal.addEventListener("abort", abort, { once: true });
    const now = imageInformer.store.get(`${namespace}/${name}`);
    if (now !== undefined) see(now);
  });
}
