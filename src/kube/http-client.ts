import type { ClusterAccess } from "./access.ts";
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeClient,
  ListOptions,
  ListPage,
  Partially,
  Patch,
  PatchOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
import { apiVersionOf, type Kind } from "./kind.ts";
import type { KubeObject, ObjectRef } from "./object.ts";
import { resourcePath, withQuery } from "./paths.ts";
import { Transport, type TransportRequest } from "./transport.ts";
import { readWatch } from "./watch-stream.ts";

const defaultTimeoutMs = 30_000;
/** Spread, so that watches which began together don't end together for ever; below the 5 minutes at which proxies cut. */
const watchTimeoutSeconds = (): number => 240 + Math.floor(Math.random() * 50);
/** How much later than its own timeout a server may end a watch before the connection counts as dead. */
const watchMarginMs = 20_000;

/** A client for the API server that `access` points to. */
export function createKubeClient(access: ClusterAccess, userAgent = "vic-operator"): KubeClient {
  return new HttpKubeClient(new Transport(access, userAgent));
}

type Call = Omit<TransportRequest, "timeoutMs" | "signal">;

class HttpKubeClient implements KubeClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get server(): string {
    return this.#transport.server;
  }

  #call(request: Call, options: CallOptions | undefined): Promise<unknown> {
    return this.#transport.call({
      ...request,
      signal: options?.signal,
      timeoutMs: options?.timeoutMs ?? defaultTimeoutMs,
    });
  }

  async get<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    options?: CallOptions,
  ): Promise<T> {
    const path = resourcePath(kind, ref.namespace, ref.name);
    return (await this.#call({ method: "GET", path }, options)) as T;
  }

  async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<ListPage<T>> {
    const path = withQuery(resourcePath(kind, options.namespace), {
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      limit: options.limit,
      continue: options.continueToken,
      resourceVersion: options.resourceVersion,
    });
    const body = (await this.#call({ method: "GET", path }, options)) as {
      readonly items?: readonly T[] | null;
      readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
    };
    const identity = { apiVersion: apiVersionOf(kind), kind: kind.kind };
    return {
      // Items of a list don't say what they are.
      items: (body.items ?? []).map((item) => ({ ...identity, ...item })),
      resourceVersion: body.metadata.resourceVersion,
      continueToken: body.metadata.continue || undefined,
    };
  }

  async create<T extends KubeObject>(
    kind: Kind<T>,
    object: Partially<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = withQuery(resourcePath(kind, metadataOf(object).namespace), writeQuery(options));
    const body = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object };
    return (await this.#call({ method: "POST", path, body }, options)) as T;
  }

  async delete(kind: Kind<KubeObject>, ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const preconditions =
      options.uid === undefined && options.resourceVersion === undefined
        ? undefined
        : { uid: options.uid, resourceVersion: options.resourceVersion };
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: options.propagationPolicy ?? "Background",
      gracePeriodSeconds: options.gracePeriodSeconds,
      preconditions,
    };
    const path = resourcePath(kind, ref.namespace, ref.name);
    await this.#call({ method: "DELETE", path, body }, options);
  }

  apply<T extends KubeObject>(
    kind: Kind<T>,
    object: Partially<T>,
    options: ApplyOptions,
  ): Promise<T> {
    return this.#apply(kind, object, options, undefined);
  }

  applyStatus<T extends KubeObject>(
    kind: Kind<T>,
    object: Partially<T>,
    options: ApplyOptions,
  ): Promise<T> {
    return this.#apply(kind, object, options, "status");
  }

  async #apply<T extends KubeObject>(
    kind: Kind<T>,
    object: Partially<T>,
    options: ApplyOptions,
    subresource: string | undefined,
  ): Promise<T> {
    const { namespace, name } = metadataOf(object);
    const path = withQuery(resourcePath(kind, namespace, name ?? "", subresource), {
      ...writeQuery(options),
      force: options.force ?? true,
    });
    const body = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object };
    const contentType = "application/apply-patch+yaml";
    return (await this.#call({ method: "PATCH", path, body, contentType }, options)) as T;
  }

  async patch<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    patch: Patch,
    options: PatchOptions = {},
  ): Promise<T> {
    const path = withQuery(
      resourcePath(kind, ref.namespace, ref.name, options.subresource),
      writeQuery(options),
    );
    const contentType =
      patch.type === "json" ? "application/json-patch+json" : "application/merge-patch+json";
    const body = patch.patch;
    return (await this.#call({ method: "PATCH", path, body, contentType }, options)) as T;
  }

  async *watch<T extends KubeObject>(
    kind: Kind<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const timeoutSeconds = options.timeoutSeconds ?? watchTimeoutSeconds();
    const path = withQuery(resourcePath(kind, options.namespace), {
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      resourceVersion: options.resourceVersion,
      ...(options.sendInitialEvents
        ? { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" }
        : {}),
    });
    const abort = new AbortController();
    const forward = (): void => abort.abort(options.signal?.reason);
    if (options.signal?.aborted) forward();
    options.signal?.addEventListener("abort", forward, { once: true });
    try {
      const idleMs = timeoutSeconds * 1000 + watchMarginMs;
      const stream = await this.#transport.stream(path, abort.signal, idleMs);
      yield* readWatch<T>(stream, `GET ${path}`);
    } catch (error) {
      if (options.signal?.aborted) return;
      throw error;
    } finally {
      options.signal?.removeEventListener("abort", forward);
      abort.abort();
    }
  }

  raw(method: string, path: string, options?: CallOptions): Promise<unknown> {
    return this.#call({ method: method as TransportRequest["method"], path }, options);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

function metadataOf(object: object): { readonly name?: string; readonly namespace?: string } {
  return (object as { metadata?: { name?: string; namespace?: string } }).metadata ?? {};
}

function writeQuery(options: Pick<WriteOptions, "fieldManager" | "dryRun">): {
  readonly fieldManager: string | undefined;
  readonly dryRun: string | undefined;
} {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun ? "All" : undefined };
}
