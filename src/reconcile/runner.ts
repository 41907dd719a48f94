import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { FairLimiter } from "../fairness/limiter.ts";
import { Backoff, pause } from "../kube/backoff.ts";
import type { Informer } from "../kube/informer.ts";
import { keyOf, parseKey, type KubeObject, type ObjectKey } from "../kube/object.ts";
import { createContext } from "./context.ts";
import type { ControllerHandle, ControllerSpec, Priority, Source } from "./controller.ts";
import { ReconcileError } from "./errors.ts";
import { classifyFailure } from "./failure.ts";
import type { ManagerOptions } from "./manager-options.ts";
import type { ControllerMetrics } from "./metrics.ts";
import type { Outcome } from "./outcome.ts";
import { isPaused } from "./pause.ts";
import { writePaused } from "./paused-condition.ts";
import { Queue, type Next } from "./queue.ts";
import { trackedClient, Writes, type WriteTurn } from "./tracked-client.ts";

const defaultTimeoutMs = 5 * 60_000;
/** How long what was told to stop may take to do so. */
const graceMs = 5_000;
/** A cache that doesn't show our own writes for so long is behind for reasons of its own; go on with what there is. */
const ownWritesMs = 10_000;

/** One controller at work: its queue, what feeds it, and its workers. */
export class ControllerRunner<T extends KubeObject> implements ControllerHandle {
  readonly name: string;
  readonly #spec: ControllerSpec<T>;
  readonly #options: ManagerOptions;
  readonly #writers: FairLimiter;
  readonly #log: Logger;
  readonly #metrics: ControllerMetrics;
  readonly #queue: Queue;
  readonly #informer: Informer<T>;
  readonly #concurrency: number;
  /** Running reconciles: when each began, monotonic. */
  readonly #running = new Map<ObjectKey, number>();
  /** Ends what runs when draining took too long. */
  readonly #abort = new AbortController();

  /** @param writers in which all controllers' writes take turns */
  constructor(spec: ControllerSpec<T>, options: ManagerOptions, writers: FairLimiter) {
    this.name = spec.name;
    this.#spec = spec;
    this.#writers = writers;
    this.#options = options;
    this.#log = options.log.child({ controller: spec.name });
    this.#concurrency = spec.concurrency ?? options.concurrency;
    this.#metrics = options.metrics.controller(spec.name, this.#concurrency);
    this.#informer = options.informers.of(spec.kind);
    this.#queue = new Queue({
      group: (key) => this.#group(key),
      observer: this.#metrics.queue,
    });
    this.#metrics.observe({
      depth: () => this.#queue.depth,
      runningSeconds: () =>
        [...this.#running.values()].map((begun) => (performance.now() - begun) / 1000),
    });
    this.#feed();
  }

  enqueue(key: ObjectKey, priority: Priority = "fresh"): void {
    this.#queue.add(key, priority);
  }

  wake(topic: string): void {
    this.#queue.wake(topic);
  }

  depth(): number {
    return this.#queue.depth;
  }

  /** Works until the signal aborts, then lets what runs finish; after `drainMs` what still runs is told to stop. */
  async run(signal: AbortSignal, drainMs: () => number): Promise<void> {
    const sources = (this.#spec.sources ?? []).map((source) => this.#runSource(source, signal));
    const workers = Array.from({ length: this.#concurrency }, () => this.#work());
    const stop = async (): Promise<void> => {
      this.#queue.close();
      const drained = new AbortController();
      const patience = pause(drainMs(), drained.signal).then(async () => {
        if (drained.signal.aborted) return;
        this.#abort.abort(new Error("stopping"));
        await pause(graceMs, drained.signal);
        if (drained.signal.aborted) return;
        this.#log.error({ objects: [...this.#running.keys()] }, "left behind what doesn't stop");
      });
      const ended = Promise.all([...workers, ...sources]).then(() => drained.abort());
      await Promise.race([ended, patience]);
    };
    await aborted(signal);
    await stop();
  }

  /** Keys of a group wait for one another; groups take turns. */
  #group(key: ObjectKey): string {
    return this.#spec.group?.(key, this.#informer.store.get(key)) ?? parseKey(key).namespace ?? "";
  }

  #feed(): void {
    this.#informer.addHandler({
      add: (object, initial) => this.enqueue(keyOf(object), initial ? "resync" : "fresh"),
      update: (object) => this.enqueue(keyOf(object)),
      delete: (object) => this.enqueue(keyOf(object)),
    });
    for (const watch of this.#spec.watches ?? []) {
      const changed = (...versions: readonly KubeObject[]): void => {
        const keys = new Set(versions.flatMap((object) => Array.from(watch.map(object))));
        for (const key of keys) this.#queue.addAfter(key, watch.delayMs ?? 0);
      };
      this.#options.informers.of(watch.kind).addHandler({
        add: (object, initial) => {
          if (!initial) changed(object);
          else for (const key of watch.map(object)) this.enqueue(key, "resync");
        },
        update: (object, old) => changed(object, old),
        delete: (object) => changed(object),
      });
    }
  }

  async #runSource(source: Source, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(500, 30_000);
    while (!signal.aborted) {
      try {
        await source.run(this, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#log.error({ source: source.name, err: error }, "source failed, starting it again");
        await pause(backoff.nextMs(), signal);
      }
    }
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      const writes = new Writes(this.#options.informers);
      const next = await this.#reconcile(key, writes);
      this.#giveBack(key, next, writes);
    }
  }

  /** Not awaited by the worker: while caches catch up with the key's own writes it is free for other keys. */
  #giveBack(key: ObjectKey, next: Next, writes: Writes): void {
    const giveBack = (): void => {
      const inMs = this.#queue.done(key, next);
      this.#log.debug({ object: key, next: next.type, inMs }, "reconciled");
    };
    if (!writes.pending) {
      giveBack();
      return;
    }
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), ownWritesMs);
    timer.unref();
    writes
      .seen(giveUp.signal)
      .catch(() => this.#log.warn({ key }, "the cache doesn't show our own writes yet"))
      .finally(() => {
        clearTimeout(timer);
        giveBack();
      });
  }

  async #reconcile(key: ObjectKey, writes: Writes): Promise<Next> {
    const finish = this.#metrics.begin();
    this.#running.set(key, performance.now());
    const abort = new AbortController();
    const stop = (): void => abort.abort(this.#abort.signal.reason);
    if (this.#abort.signal.aborted) stop();
    this.#abort.signal.addEventListener("abort", stop, { once: true });
    const timer = setTimeout(() => {
      this.#metrics.timeout();
      abort.abort(new Error("the reconcile took too long"));
    }, this.#spec.timeoutMs ?? defaultTimeoutMs);
    const log = this.#log.child({ object: key, reconcile: randomUUID().slice(0, 8) });
    const object = this.#informer.store.get(key);
    try {
      const outcome = await this.#call(key, object, log, abort.signal, writes);
      finish(outcome.type === "requeueAfter" ? "requeue_after" : "success");
      return toNext(outcome);
    } catch (error) {
      return this.#fail(object, error, log, finish);
    } finally {
      clearTimeout(timer);
      this.#abort.signal.removeEventListener("abort", stop);
      this.#running.delete(key);
    }
  }

  async #call(
    key: ObjectKey,
    object: T | undefined,
    log: Logger,
    signal: AbortSignal,
    writes: Writes,
  ): Promise<Outcome> {
    const group = this.#group(key);
    const turn: WriteTurn = (write) => this.#writers.run(group, write, signal);
    const client = trackedClient(this.#options.client, writes, turn, signal);
    const { events, fieldManager } = this.#options;
    if (object !== undefined) {
      const paused = isPaused(object);
      if (this.#options.reportPaused) {
        await writePaused(client, this.#spec.kind, object, paused, fieldManager);
      }
      if (paused) return { type: "awaitChange" };
    }
    const { name, namespace } = parseKey(key);
    const context = createContext(this.#spec, { client, events, fieldManager, signal, log });
    return this.#spec.reconcile({ key, name, namespace, object }, context);
  }

  #fail(
    object: T | undefined,
    error: unknown,
    log: Logger,
    finish: ReturnType<ControllerMetrics["begin"]>,
  ): Next {
    if (this.#abort.signal.aborted) {
      finish("requeue");
      return { type: "forget" };
    }
    const failure = classifyFailure(error);
    finish(failure.result);
    if (failure.terminal) this.#metrics.terminalError();
    if (failure.panic) this.#metrics.panic();
    const told =
      error instanceof ReconcileError
        ? { reason: error.reason, error: error.message }
        : { err: error };
    log[failure.level](told, "reconcile failed");
    if (failure.event !== undefined && object !== undefined) {
      this.#options.events.record(this.#spec.kind, object, {
        type: "Warning",
        action: "Reconcile",
        ...failure.event,
      });
    }
    return failure.next;
  }
}

function toNext(outcome: Outcome): Next {
  switch (outcome.type) {
    case "awaitChange":
      return { type: "forget" };
    case "requeueAfter":
      return { type: "after", ms: outcome.ms };
    case "park":
      return { type: "park", topic: outcome.topic };
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
