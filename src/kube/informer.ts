import type { Kind } from "./kind.ts";
import type { KubeObject, ObjectKey } from "./object.ts";

/** A read-only view of all objects of a kind. Objects are frozen, without managedFields; indexes answer in no particular order. */
export interface Store<T extends KubeObject> {
  readonly size: number;
  get(key: ObjectKey): T | undefined;
  /** All, or those of one namespace. */
  list(namespace?: string): readonly T[];
  /** Objects for which the index's function gave this value. Throws on an index that was never added. */
  byIndex(index: string, value: string): readonly T[];
}

export interface InformerHandler<T> {
  /** `initial` is true for what existed when the informer first listed. */
  add?(object: T, initial: boolean): void;
  update?(object: T, old: T): void;
  delete?(last: T): void;
}

/**
 * A store that keeps itself up to date: list, then watch, over and over. It survives whatever the server or the network
 * do, and stops only when told to. A handler that throws is logged and disturbs nobody else.
 */
export interface Informer<T extends KubeObject> {
  readonly kind: Kind<T>;
  readonly store: Store<T>;
  /** True from the first complete list on. */
  hasSynced(): boolean;
  /** Resolves after the first complete list, whose handlers have run by then; rejects when the signal aborts. */
  synced(signal?: AbortSignal): Promise<void>;
  /** True once the store holds everything up to this resourceVersion, e.g. that of a write's answer. */
  hasReached(resourceVersion: string): boolean;
  /** Resolves when {@link hasReached} turns true; rejects when the signal aborts. */
  reached(resourceVersion: string, signal?: AbortSignal): Promise<void>;
  /** Adds an index; idempotent by name, at any time. */
  addIndex(name: string, values: (object: T) => readonly string[]): void;
  /** Adds a handler; what the store already holds is delivered at once as `add`. Returns the way to remove it. */
  addHandler(handler: InformerHandler<T>): () => void;
  /** Idempotent. */
  start(): void;
  stop(): Promise<void>;
}

export interface InformerOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** The informers of a process: one per kind and selection, shared by all who ask. */
export interface Informers {
  of<T extends KubeObject>(kind: Kind<T>, options?: InformerOptions): Informer<T>;
  /** The informer of all objects of a kind, where somebody has asked for it. */
  find(kind: Kind<KubeObject>): Informer<KubeObject> | undefined;
  /** Starts all, also those that are asked for later. */
  start(): void;
  /** Resolves when all that have been asked for are synced. */
  synced(signal?: AbortSignal): Promise<void>;
  hasSynced(): boolean;
  stop(): Promise<void>;
}
