import type { Kind } from "./kind.ts";
import type { KubeObject, ObjectRef } from "./object.ts";

/** An object as given to create and apply: any depth may be left out. */
export type Partially<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Partially<T[K]> | undefined }
    : T;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the whole call, retries included; default 30 s. */
  readonly timeoutMs?: number;
}

export interface ListOptions extends CallOptions {
  /** All namespaces where left out. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number;
  readonly continueToken?: string | undefined;
  readonly resourceVersion?: string;
}

/** One page. `continueToken` is undefined on the last. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
}

export interface WriteOptions extends CallOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
}

export interface ApplyOptions extends CallOptions {
  readonly fieldManager: string;
  /** Take over fields that other managers own; without it they answer Conflict. Default true, as controllers should. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: "status" | "scale";
}

export interface DeleteOptions extends CallOptions {
  /** Preconditions: Conflict unless they hold. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** RFC 7386 (an object) or RFC 6902 (a list of operations; `test` gives an optimistic lock). */
export type Patch =
  | { readonly type: "merge"; readonly patch: object }
  | { readonly type: "json"; readonly patch: readonly JsonPatchOperation[] };

export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: T };

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion?: string;
  /** Begin with what exists, as ADDED events and a bookmark annotated `k8s.io/initial-events-end` (KEP-3157, WatchList). */
  readonly sendInitialEvents?: boolean;
  /** Asked of the server; default 240 to 290 s. */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

/**
 * The typed client. All calls of a process share one pool of connections. Calls that the server throttles (429, or 503
 * with Retry-After) are repeated within their timeout; reads are also repeated after a connection failed; writes are not,
 * because they may have been carried out.
 *
 * @throws ApiError where the server answered with an error, TransportError where no answer came.
 */
export interface KubeClient {
  /** Base URL of the API server. */
  readonly server: string;
  get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef, options?: CallOptions): Promise<T>;
  /** One page. */
  list<T extends KubeObject>(kind: Kind<T>, options?: ListOptions): Promise<ListPage<T>>;
  create<T extends KubeObject>(
    kind: Kind<T>,
    object: Partially<T>,
    options?: WriteOptions,
  ): Promise<T>;
  /** Resolves when the server accepted it; finalizers may keep the object for longer. */
  delete(kind: Kind<KubeObject>, ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  /** Server-side apply. What this manager owned and no longer names is removed. */
  apply<T extends KubeObject>(
    kind: Kind<T>,
    object: Partially<T>,
    options: ApplyOptions,
  ): Promise<T>;
  /** Server-side apply on the subresource `status`; the object must exist. */
  applyStatus<T extends KubeObject>(
    kind: Kind<T>,
    object: Partially<T>,
    options: ApplyOptions,
  ): Promise<T>;
  patch<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    patch: Patch,
    options?: PatchOptions,
  ): Promise<T>;
  /**
   * One watch, until the server ends it or the signal aborts it. Ends with ApiError on an ERROR event. For a view that
   * keeps itself up to date use an Informer.
   */
  watch<T extends KubeObject>(kind: Kind<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** Any other path, such as `/version`. The body is parsed where it is JSON. */
  raw(method: string, path: string, options?: CallOptions): Promise<unknown>;
  close(): Promise<void>;
}
