import { FairList } from "../fairness/list.ts";
import type { ObjectKey } from "../kube/object.ts";
import type { Priority } from "./controller.ts";

/** Told what happens in a queue; for metrics. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  /** A key was taken out after so many seconds. */
  taken(waitedSeconds: number): void;
}

export interface QueueOptions {
  /** Groups of keys take turns. */
  readonly group: (key: ObjectKey) => string;
  /** First and longest wait after failures in a row; default 5 ms and 30 s. */
  readonly backoffBaseMs?: number;
  readonly backoffCapMs?: number;
  readonly observer?: QueueObserver;
}

/** What happens to a key when its run is over. */
export type Next =
  | { readonly type: "forget" }
  | { readonly type: "after"; readonly ms: number }
  | { readonly type: "backoff" }
  | { readonly type: "park"; readonly topic: string };

interface Entry {
  running: boolean;
  /** Added while it ran: it runs once more. */
  again: Priority | undefined;
  /** When it was queued, monotonic; undefined where it isn't. */
  queuedAt: number | undefined;
  timer: NodeJS.Timeout | undefined;
  topic: string | undefined;
  failures: number;
  /** How many wakes there had been when its run began. */
  wakesSeen: number;
}

/** Every so many takes a resync goes first, so that an endless stream of fresh keys cannot starve the rest. */
const resyncTurn = 16;

/**
 * Which keys to reconcile, and when. A key waits once however often it is added, and never runs twice at a time: added
 * while it runs, it runs once more afterwards. What is fresh comes before resyncs; among equals, groups take turns.
 */
export class Queue {
  readonly #options: QueueOptions;
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #entries = new Map<ObjectKey, Entry>();
  readonly #lists = { fresh: new FairList(), resync: new FairList() };
  readonly #takers: ((key: ObjectKey | undefined) => void)[] = [];
  readonly #topics = new Map<string, { readonly keys: Set<ObjectKey>; lastWake: number }>();
  #wakes = 0;
  #takes = 0;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#baseMs = options.backoffBaseMs ?? 5;
    // What failed for long is right within a minute of the end of what was wrong.
    this.#capMs = options.backoffCapMs ?? 30_000;
  }

  /** Keys that are ready to run. */
  get depth(): number {
    return this.#lists.fresh.size + this.#lists.resync.size;
  }

  /** Keys that the queue knows anything of; for tests of leaks. */
  get known(): number {
    return this.#entries.size;
  }

  add(key: ObjectKey, priority: Priority = "fresh"): void {
    if (this.#closed) return;
    const entry = this.#entry(key);
    this.#options.observer?.added();
    if (entry.running) {
      if (entry.again !== "fresh") entry.again = priority;
      return;
    }
    if (priority === "resync" && entry.topic !== undefined) return;
    this.#ready(key, entry, priority);
  }

  /** Adds a key later. The earlier of two times counts, and a run before then makes it void. */
  addAfter(key: ObjectKey, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) this.add(key);
    else this.#delay(key, this.#entry(key), ms);
  }

  /** The next key, when there is one; undefined once the queue is closed. Each must be given back with {@link done}. */
  take(): Promise<ObjectKey | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const key = this.#next();
    if (key !== undefined) return Promise.resolve(key);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /**
   * Gives a key back after its run. What was added meanwhile counts more than `next`, save for the count of failures.
   *
   * @returns in how many milliseconds it runs again, if nothing else happens; undefined: not by itself
   */
  done(key: ObjectKey, next: Next): number | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || !entry.running) throw new Error(`not running: ${key}`);
    entry.running = false;
    if (next.type === "backoff") entry.failures += 1;
    else entry.failures = 0;
    const again = entry.again;
    entry.again = undefined;
    if (this.#closed) {
      this.#entries.delete(key);
      return undefined;
    }
    if (again === "fresh") {
      this.#ready(key, entry, again);
      return 0;
    }
    const inMs = this.#waitOf(next, entry);
    if (next.type === "backoff") this.#options.observer?.retried();
    if (next.type === "park") this.#park(key, entry, next.topic);
    else if (inMs !== undefined) this.#delay(key, entry, inMs);
    const isReady = again !== undefined && entry.topic === undefined;
    if (isReady) this.#ready(key, entry, again);
    this.#drop(key, entry);
    return isReady ? 0 : inMs;
  }

  /** Makes all keys that are parked on a topic ready. */
  wake(topic: string): void {
    this.#wakes += 1;
    const parked = this.#topics.get(topic);
    if (parked === undefined) {
      this.#topics.set(topic, { keys: new Set(), lastWake: this.#wakes });
      return;
    }
    parked.lastWake = this.#wakes;
    for (const key of parked.keys) this.#ready(key, this.#entry(key), "resync");
  }

  /** Forgets all that waits; runs that are going on may finish. */
  close(): void {
    this.#closed = true;
    for (const [key, entry] of this.#entries) {
      clearTimeout(entry.timer);
      if (!entry.running) this.#entries.delete(key);
    }
    this.#lists.fresh = new FairList();
    this.#lists.resync = new FairList();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #entry(key: ObjectKey): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = {
        running: false,
        again: undefined,
        queuedAt: undefined,
        timer: undefined,
        topic: undefined,
        failures: 0,
        wakesSeen: 0,
      };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #ready(key: ObjectKey, entry: Entry, priority: Priority): void {
    clearTimeout(entry.timer);
    entry.timer = undefined;
    this.#unpark(key, entry);
    entry.queuedAt ??= performance.now();
    const { fresh, resync } = this.#lists;
    if (priority === "fresh") {
      resync.delete(key);
      fresh.push(key, this.#options.group(key));
    } else if (!fresh.has(key)) {
      resync.push(key, this.#options.group(key));
    }
    const taker = this.#takers.shift();
    if (taker !== undefined) taker(this.#next());
  }

  #next(): ObjectKey | undefined {
    const { fresh, resync } = this.#lists;
    this.#takes += 1;
    const resyncFirst = this.#takes % resyncTurn === 0;
    const key = resyncFirst ? (resync.shift() ?? fresh.shift()) : (fresh.shift() ?? resync.shift());
    if (key === undefined) return undefined;
    const entry = this.#entry(key);
    this.#options.observer?.taken((performance.now() - (entry.queuedAt ?? 0)) / 1000);
    entry.queuedAt = undefined;
    entry.running = true;
    entry.wakesSeen = this.#wakes;
    return key;
  }

  #delay(key: ObjectKey, entry: Entry, ms: number): void {
    if (entry.queuedAt !== undefined || entry.topic !== undefined) return;
    const dueAt = performance.now() + ms;
    if (entry.timer !== undefined) {
      if (dueTimes.get(entry.timer)! <= dueAt) return;
      clearTimeout(entry.timer);
    }
    const timer = setTimeout(
      () => {
        entry.timer = undefined;
        this.add(key);
        this.#drop(key, entry);
      },
      Math.min(ms, maxTimerMs),
    );
    dueTimes.set(timer, dueAt);
    entry.timer = timer;
  }

  #waitOf(next: Next, { failures }: Entry): number | undefined {
    if (next.type === "after") return next.ms;
    if (next.type !== "backoff") return undefined;
    return Math.min(this.#capMs, this.#baseMs * 2 ** Math.min(failures - 1, 40));
  }

  #park(key: ObjectKey, entry: Entry, topic: string): void {
    const parked = this.#topics.get(topic) ?? { keys: new Set<ObjectKey>(), lastWake: 0 };
    this.#topics.set(topic, parked);
    if (parked.lastWake > entry.wakesSeen) {
      // The wake came while the run was still deciding to wait for it.
      this.#ready(key, entry, "fresh");
      return;
    }
    clearTimeout(entry.timer);
    entry.timer = undefined;
    parked.keys.add(key);
    entry.topic = topic;
  }

  #unpark(key: ObjectKey, entry: Entry): void {
    if (entry.topic === undefined) return;
    this.#topics.get(entry.topic)?.keys.delete(key);
    entry.topic = undefined;
  }

  /** Frees what is known of a key that nothing is known of. */
  #drop(key: ObjectKey, entry: Entry): void {
    const idle =
      !entry.running &&
      entry.queuedAt === undefined &&
      entry.timer === undefined &&
      entry.topic === undefined &&
      entry.failures === 0;
    if (idle) this.#entries.delete(key);
  }
}

/** The longest that setTimeout can wait; a longer delay looks a little early. */
const maxTimerMs = 2 ** 31 - 1;

/** When a timer is due, monotonic. */
const dueTimes = new WeakMap<NodeJS.Timeout, number>();
