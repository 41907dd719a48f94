import type { Logger } from "pino";
import { Backoff, pause } from "./backoff.ts";
import type { KubeClient, WatchEvent } from "./client.ts";
import { ApiError, isExpired, isNotFound } from "./errors.ts";
import { toCached } from "./frozen.ts";
import type { InformerOptions } from "./informer.ts";
import { apiVersionOf, type Kind } from "./kind.ts";
import { keyOf, type KubeObject, type ObjectKey } from "./object.ts";

/** Where a reflector puts what it learns. */
export interface ReflectorSink<T> {
  /** The whole contents at a resource version. */
  replace(objects: ReadonlyMap<ObjectKey, T>, resourceVersion: string): void;
  event(type: "ADDED" | "MODIFIED" | "DELETED", object: T, resourceVersion: string): void;
  bookmark(resourceVersion: string): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly kind: Kind<T>;
  readonly selection: InformerOptions;
  readonly sink: ReflectorSink<T>;
  readonly log: Logger;
  /** How the contents are first read; a server that can't stream them (before Kubernetes 1.34) is listed page by page. */
  readonly initial?: "stream" | "pages";
}

const pageSize = 500;
/** How long the first stream may last before it counts as one that never says that it is complete. */
const streamSeconds = 60;
const initialEventsEnd = "k8s.io/initial-events-end";

/** A watch that ended before this may not be repeated at once: a server that ends every watch must not be hammered. */
const soonMs = 1_000;

/** A server that asks for more patience than this is asked earlier: a cache that stands still helps nobody. */
const maxAskedMs = 60_000;

/** Keeps a sink equal to what the API server has, from {@link run} until its signal aborts, whatever happens between. */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff = new Backoff(250, 10_000);
  #initial: "stream" | "pages";
  /** Where to go on watching; undefined means that everything has to be read anew. */
  #resourceVersion: string | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#initial = options.initial ?? "stream";
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    while (!signal.aborted) {
      const begun = performance.now();
      let askedMs = 0;
      try {
        if (this.#resourceVersion === undefined && this.#initial === "pages") {
          await this.#readPages(signal);
        }
        await this.#watch(signal);
        // A server that has never heard of streaming begins an ordinary watch and never says that it is complete.
        if (this.#resourceVersion === undefined) this.#initial = "pages";
        if (performance.now() - begun >= soonMs) {
          this.#backoff.reset();
          continue;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error)) {
          log.info({ kind: this.#options.kind.kind }, "watch expired, reading everything anew");
          // The server is well again. Where it says so of reading anew, too, it isn't.
          if (this.#resourceVersion !== undefined) this.#backoff.reset();
          this.#resourceVersion = undefined;
        } else if (this.#cannotStream(error)) {
          this.#initial = "pages";
          continue;
        } else {
          askedMs = Math.min(maxAskedMs, (error instanceof ApiError && error.retryAfterMs) || 0);
          const { kind } = this.#options;
          const message = error instanceof Error ? error.message : String(error);
          log.warn(
            { kind: kind.kind, error: message },
            isNotFound(error)
              ? `the API server doesn't know ${kind.plural} of ${apiVersionOf(kind)}, waiting for their definition`
              : "watch failed, trying again",
          );
        }
      }
      await pause(Math.max(askedMs, this.#backoff.nextMs()), signal);
    }
  }

  #cannotStream(error: unknown): boolean {
    return (
      this.#initial === "stream" &&
      this.#resourceVersion === undefined &&
      error instanceof ApiError &&
      (error.code === 400 || error.code === 422)
    );
  }

  async #readPages(signal: AbortSignal): Promise<void> {
    const { client, kind, selection, sink } = this.#options;
    const objects = new Map<ObjectKey, T>();
    let continueToken: string | undefined;
    for (;;) {
      const page = await client.list(kind, {
        ...selection,
        limit: pageSize,
        continueToken,
        signal,
      });
      for (const item of page.items) {
        const object = toCached(kind, item);
        objects.set(keyOf(object), object);
      }
      continueToken = page.continueToken;
      if (continueToken === undefined) {
        this.#resourceVersion = page.resourceVersion;
        sink.replace(objects, page.resourceVersion);
        return;
      }
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, kind, selection } = this.#options;
    // Contents that are still streaming in; undefined once they are complete.
    let contents = this.#resourceVersion === undefined ? new Map<ObjectKey, T>() : undefined;
    const events = client.watch(kind, {
      ...selection,
      signal,
      ...(contents === undefined ? {} : { timeoutSeconds: streamSeconds }),
      ...(this.#resourceVersion === undefined
        ? { sendInitialEvents: true }
        : { resourceVersion: this.#resourceVersion }),
    });
    for await (const event of events) {
      if (signal.aborted) return;
      contents = this.#take(event, contents);
    }
  }

  #take(
    event: WatchEvent<T>,
    contents: Map<ObjectKey, T> | undefined,
  ): Map<ObjectKey, T> | undefined {
    const { kind, sink } = this.#options;
    const metadata = event.object.metadata;
    const resourceVersion = metadata?.resourceVersion ?? "0";
    if (event.type === "BOOKMARK") {
      if (contents === undefined) sink.bookmark(resourceVersion);
      else if (metadata?.annotations?.[initialEventsEnd] === "true") {
        sink.replace(contents, resourceVersion);
      } else return contents;
      this.#progress(resourceVersion);
      return undefined;
    }
    const object = toCached(kind, event.object);
    if (contents !== undefined) {
      // Events may mix with the contents: what goes before they are complete is no part of them.
      if (event.type === "DELETED") contents.delete(keyOf(object));
      else contents.set(keyOf(object), object);
      return contents;
    }
    sink.event(event.type, object, resourceVersion);
    this.#progress(resourceVersion);
    return undefined;
  }

  #progress(resourceVersion: string): void {
    this.#resourceVersion = resourceVersion;
    this.#backoff.reset();
  }
}
