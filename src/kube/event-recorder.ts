import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { pause } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { eventKind, type KubeEvent } from "./core-kinds.ts";
import { isNotFound, TransportError } from "./errors.ts";
import type { EventInput, EventRecorder } from "./events.ts";
import { apiVersionOf, type Kind } from "./kind.ts";
import type { KubeObject } from "./object.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  /** Domain-prefixed name of what reports, e.g. `vic.dev/operator`. */
  readonly controller: string;
  /** Which of its processes. */
  readonly instance: string;
  /** At least so long between two writes of one series; default 10 s. */
  readonly seriesMs?: number;
}

/** An event that may come again. */
interface Series {
  readonly event: KubeEvent;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** As the server named it, once it is written. */
  name: string | undefined;
  namespace: string;
  count: number;
  /** metav1.MicroTime. */
  lastObserved: string;
  queued: boolean;
}

/** Limits of events.k8s.io/v1: validation refuses longer notes. */
const maxNoteBytes = 1024;
const maxRemembered = 2_000;
const maxWaiting = 1_000;
/** As client-go: after 6 minutes without a repetition a series is over. */
const seriesTtlMs = 6 * 60_000;
/** An object in trouble tells of it 25 times at once, then twice a minute. */
const budget = { burst: 25, refillMs: 30_000 };

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new ApiEventRecorder(options);
}

class ApiEventRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new LRUCache<string, Series>({
    max: maxRemembered,
    ttl: seriesTtlMs,
    updateAgeOnGet: true,
  });
  readonly #budgets = new LRUCache<string, TokenBucket>({ max: maxRemembered });
  readonly #waiting: Series[] = [];
  readonly #closing = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  #writing: Promise<void> | undefined;
  #closed = false;
  #lastMicros = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record<T extends KubeObject>(kind: Kind<T>, regarding: T, input: EventInput): void {
    if (this.#closed) return;
    const uid = regarding.metadata?.uid ?? "";
    const note = cut(input.note, maxNoteBytes);
    const id = JSON.stringify([uid, input.type, input.reason, input.action, note]);
    const known = input.distinct ? undefined : this.#series.get(id);
    const now = this.#now();
    if (known !== undefined) {
      known.count += 1;
      known.lastObserved = now;
      this.#writeLater(known);
      return;
    }
    if (!input.distinct && !this.#mayTell(uid)) return;
    const { name, namespace } = regarding.metadata ?? {};
    const series: Series = {
      event: {
        eventTime: now,
        reportingController: this.#options.controller,
        reportingInstance: cut(this.#options.instance, 128),
        action: cut(input.action, 128),
        reason: cut(input.reason, 128),
        type: input.type,
        note,
        regarding: {
          apiVersion: apiVersionOf(kind),
          kind: kind.kind,
          uid,
          ...(name === undefined ? {} : { name }),
          ...(namespace === undefined ? {} : { namespace }),
          ...(regarding.metadata?.resourceVersion === undefined
            ? {}
            : { resourceVersion: regarding.metadata.resourceVersion }),
        },
      },
      labels: input.labels,
      annotations: input.annotations,
      name: undefined,
      namespace: namespace ?? "default",
      count: 1,
      lastObserved: now,
      queued: false,
    };
    if (!input.distinct) this.#series.set(id, series);
    this.#enqueue(series);
  }

  #mayTell(uid: string): boolean {
    const allowance = this.#budgets.get(uid) ?? new TokenBucket(budget.burst, budget.refillMs);
    this.#budgets.set(uid, allowance);
    return allowance.take(performance.now());
  }

  /** The time, later than any that was told before. */
  #now(): string {
    this.#lastMicros = Math.max(Date.now() * 1000, this.#lastMicros + 1);
    return micros(this.#lastMicros);
  }

  async close(timeoutMs = 3_000): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const timeout = setTimeout(() => this.#closing.abort(), timeoutMs);
    await this.#writing;
    clearTimeout(timeout);
  }

  #writeLater(series: Series): void {
    if (series.queued) return;
    series.queued = true;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      series.queued = false;
      this.#enqueue(series);
    }, this.#options.seriesMs ?? 10_000);
    timer.unref();
    this.#timers.add(timer);
  }

  #enqueue(series: Series): void {
    if (series.queued || this.#waiting.length >= maxWaiting) return;
    series.queued = true;
    this.#waiting.push(series);
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    for (let series = this.#waiting.shift(); series !== undefined; series = this.#waiting.shift()) {
      series.queued = false;
      if (this.#closing.signal.aborted) return;
      await this.#write(series);
    }
  }

  async #write(series: Series): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#writeOnce(series);
        return;
      } catch (error) {
        // Refusals are final: a namespace that is being deleted takes no events, for instance.
        if (!(error instanceof TransportError) || attempt === 3) {
          this.#options.log.debug({ err: error, reason: series.event.reason }, "event not written");
          return;
        }
        await pause(attempt * 500, this.#closing.signal);
        if (this.#closing.signal.aborted) return;
      }
    }
  }

  async #writeOnce(series: Series): Promise<void> {
    const { client } = this.#options;
    const { count, namespace } = series;
    const signal = this.#closing.signal;
    if (series.name !== undefined) {
      const ref = { namespace, name: series.name };
      const patch = { series: { count, lastObservedTime: series.lastObserved } };
      try {
        await client.patch(eventKind, ref, { type: "merge", patch }, { signal });
        return;
      } catch (error) {
        if (!isNotFound(error)) throw error;
        // The server keeps events for an hour: this one is told anew.
      }
    }
    const name = eventName(series.event.regarding?.name ?? "object");
    const eventTime = series.lastObserved;
    const { labels, annotations } = series;
    const metadata = {
      name,
      namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    };
    await client.create(eventKind, { ...series.event, eventTime, metadata }, { signal });
    series.name = name;
    if (series.count > count) this.#writeLater(series);
  }
}

function eventName(object: string): string {
  return `${object.slice(0, 236)}.${randomBytes(8).toString("hex")}`;
}

/** metav1.MicroTime, of microseconds since 1970. */
function micros(at: number): string {
  const fraction = String(at % 1000).padStart(3, "0");
  return new Date(Math.floor(at / 1000)).toISOString().replace("Z", `${fraction}Z`);
}

function cut(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return text;
  // A character cut in half becomes U+FFFD, which takes three bytes.
  return `${buffer.subarray(0, bytes - 6).toString("utf8")}…`;
}
