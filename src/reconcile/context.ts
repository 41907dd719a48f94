import type { Logger } from "pino";
import type { KubeClient } from "../kube/client.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { KubeObject } from "../kube/object.ts";
import type { ControllerSpec, ReconcileContext } from "./controller.ts";
import { ensureFinalizer, removeFinalizer } from "./finalizer.ts";
import { planStatusWrite } from "./status.ts";
import { applyStatus } from "./status-write.ts";

export interface ContextParts {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly fieldManager: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** What one reconcile of one key works with. */
export function createContext<T extends KubeObject>(
  spec: ControllerSpec<T>,
  parts: ContextParts,
): ReconcileContext<T> {
  const { client, events, fieldManager, signal, log } = parts;
  const { kind } = spec;
  /** The object as this reconcile last wrote it, which the cache can't know yet. */
  let written: T | undefined;
  const newest = (object: T): T =>
    written !== undefined && written.metadata?.uid === object.metadata?.uid ? written : object;
  return {
    signal,
    log,
    client,
    async writeStatus(object, status) {
      const current = newest(object);
      const wanted = planStatusWrite(
        (current as { status?: object }).status,
        status,
        spec.foreignStatus,
      );
      if (wanted === undefined) return false;
      const answer = await applyStatus(
        client,
        kind,
        current,
        wanted,
        fieldManager,
        spec.foreignStatus,
      );
      written = answer ?? written;
      return answer !== undefined;
    },
    async ensureFinalizer(object, finalizer) {
      const current = newest(object);
      if (current.metadata?.finalizers?.includes(finalizer)) return false;
      // Where nothing was written, the object is gone or going, and the cache doesn't know it yet: nothing may be made for it.
      written = (await ensureFinalizer(client, kind, current, finalizer)) ?? written;
      return true;
    },
    async removeFinalizer(object, finalizer) {
      written = (await removeFinalizer(client, kind, newest(object), finalizer)) ?? written;
    },
    event: (object, event) => events.record(kind, object, event),
  };
}
