import type { Logger } from "pino";
import { type KubeClient, type Partially } from "../kube/client.ts";
import { isNotFound } from "../kube/errors.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { KubeObject } from "../kube/object.ts";
import type { ControllerSpec, ReconcileContext } from "./controller.ts";
import { ensureFinalizer, removeFinalizer } from "./finalizer.ts";
import { planStatusWrite } from "./status.ts";

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
  return {
    signal,
    log,
    client,
    async writeStatus(object, status) {
      const cached = (object as { status?: object }).status;
      const wanted = planStatusWrite(cached, status, spec.foreignStatus);
      if (wanted === undefined) return false;
      const { name, namespace, uid } = object.metadata ?? {};
      // With the UID, so that the status of an object that is gone never lands on one that took over its name.
      const body = { metadata: { name, namespace, uid }, status: wanted };
      try {
        await client.applyStatus(kind, body as unknown as Partially<T>, { fieldManager });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
    ensureFinalizer: (object, finalizer) => ensureFinalizer(client, kind, object, finalizer),
    removeFinalizer: (object, finalizer) => removeFinalizer(client, kind, object, finalizer),
    event: (object, event) => events.record(kind, object, event),
  };
}
