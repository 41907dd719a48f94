import type { Logger } from "pino";
import type { KubeClient } from "../kube/client.ts";
import type { EventInput } from "../kube/events.ts";
import type { Kind } from "../kube/kind.ts";
import type { KubeObject, ObjectKey } from "../kube/object.ts";
import type { Outcome } from "./outcome.ts";

/** `fresh`: something changed. `resync`: looked at only to be sure; comes after everything fresh. */
export type Priority = "fresh" | "resync";

export interface Request<T extends KubeObject> {
  readonly key: ObjectKey;
  readonly name: string;
  readonly namespace: string | undefined;
  /** From the cache, frozen; undefined when it is gone. Never older than what this controller last wrote for the key. */
  readonly object: T | undefined;
}

/** What a reconcile is given besides its request. */
export interface ReconcileContext<T extends KubeObject> {
  /** Aborted when the process must stop or has lost its lease. */
  readonly signal: AbortSignal;
  /** Names controller, object and reconcile id in each line. */
  readonly log: Logger;
  /** All writes made with it are awaited in the cache before the key runs again. */
  readonly client: KubeClient;
  /**
   * Writes the whole status that this controller owns, with server-side apply; does nothing where the cache already says
   * so. Conditions: give them through `setConditions`. Returns true where something was written.
   */
  writeStatus(object: T, status: StatusOf<T>): Promise<boolean>;
  /** Adds the finalizer if the object lacks it. True where it did: then return, the change (or the object's end) wakes the key. */
  ensureFinalizer(object: T, finalizer: string): Promise<boolean>;
  /** Removes the finalizer if it is there; fine when the object is gone. */
  removeFinalizer(object: T, finalizer: string): Promise<void>;
  /** Records an event about the object. */
  event(object: T, event: EventInput): void;
}

export type StatusOf<T> = T extends { readonly status?: (infer S) | undefined }
  ? NonNullable<S>
  : never;

/** Another kind whose changes concern keys of ours. */
export interface Watch {
  readonly kind: Kind<KubeObject>;
  /** Keys to enqueue when this object appears, changes (called for old and new) or goes. Must be quick. */
  map(object: KubeObject): Iterable<ObjectKey>;
  /** Keys wait so long, so that many changes in a row make one run of each. */
  readonly delayMs?: number;
}

/** Types the map function of a {@link Watch}. */
export function watching<O extends KubeObject>(
  kind: Kind<O>,
  map: (object: O) => Iterable<ObjectKey>,
  options: Pick<Watch, "delayMs"> = {},
): Watch {
  return { kind, map: map as (object: KubeObject) => Iterable<ObjectKey>, ...options };
}

/** Something outside Kubernetes that enqueues keys, e.g. the watch of a vSphere server. Runs until the signal aborts. */
export interface Source {
  readonly name: string;
  run(queue: Enqueue, signal: AbortSignal): void | Promise<void>;
}

export interface Enqueue {
  enqueue(key: ObjectKey, priority?: Priority): void;
  /** Enqueues what was parked on this topic. */
  wake(topic: string): void;
}

export interface ControllerSpec<T extends KubeObject> {
  /** Lower case; names the queue in metrics. */
  readonly name: string;
  readonly kind: Kind<T>;
  reconcile(request: Request<T>, context: ReconcileContext<T>): Promise<Outcome>;
  readonly watches?: readonly Watch[];
  readonly sources?: readonly Source[];
  /** Reconciles at the same time; default: the manager's. */
  readonly concurrency?: number;
  /** Groups share workers fairly, e.g. the key of the VirtualContainerHost; default: the namespace. */
  group?(key: ObjectKey, object: T | undefined): string;
  /** Top-level status fields that others own, which `writeStatus` must neither compare nor write. */
  readonly foreignStatus?: readonly string[];
  /** A reconcile that takes longer is aborted through its signal; default 5 min. */
  readonly timeoutMs?: number;
}

/** A controller that has been added to a manager. */
export interface ControllerHandle extends Enqueue {
  readonly name: string;
  /** Keys that wait, not counting delayed and parked ones. */
  depth(): number;
}
