import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

/** controller-runtime's buckets of `controller_runtime_reconcile_time_seconds`, so that its dashboards fit. */
const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
  1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** controller-runtime's `prometheus.ExponentialBuckets(10e-9, 10, 12)`. */
const workqueueBuckets = Array.from({ length: 12 }, (_, index) => 1e-8 * 10 ** index);

export type ReconcileResult = "success" | "error" | "requeue" | "requeue_after";

/** The metrics of one controller; names and labels as controller-runtime's. */
export interface ControllerMetrics {
  readonly queue: {
    added(): void;
    retried(): void;
    taken(waitedSeconds: number): void;
  };
  begin(): (result: ReconcileResult) => void;
  terminalError(): void;
  panic(): void;
  timeout(): void;
  /** Takes the figures that are known only when asked for. */
  observe(source: {
    readonly depth: () => number;
    readonly runningSeconds: () => readonly number[];
  }): void;
}

/** All metrics of a process, in a registry of its own. */
export class Metrics {
  readonly registry = new Registry();
  readonly #total: Counter<"controller" | "result">;
  readonly #errors: Counter<"controller">;
  readonly #terminal: Counter<"controller">;
  readonly #panics: Counter<"controller">;
  readonly #timeouts: Counter<"controller">;
  readonly #seconds: Histogram<"controller">;
  readonly #workers: Gauge<"controller">;
  readonly #maxWorkers: Gauge<"controller">;
  readonly #adds: Counter<"name" | "controller">;
  readonly #retries: Counter<"name" | "controller">;
  readonly #waited: Histogram<"name" | "controller">;
  readonly #worked: Histogram<"name" | "controller">;
  readonly #leader: Gauge<"name">;

  constructor() {
    const registers = [this.registry];
    const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
      new Counter({ name, help, labelNames, registers });
    const gauge = <L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> =>
      new Gauge({ name, help, labelNames, registers });
    const histogram = <L extends string>(
      name: string,
      help: string,
      labelNames: L[],
      buckets: number[],
    ): Histogram<L> => new Histogram({ name, help, labelNames, buckets, registers });
    const cr = "controller_runtime";
    this.#total = counter(`${cr}_reconcile_total`, "Reconciles", ["controller", "result"]);
    this.#errors = counter(`${cr}_reconcile_errors_total`, "Failed reconciles", ["controller"]);
    this.#terminal = counter(
      `${cr}_terminal_reconcile_errors_total`,
      "Reconciles that only a change by the user can help",
      ["controller"],
    );
    this.#panics = counter(
      `${cr}_reconcile_panics_total`,
      "Reconciles that failed by a programming error",
      ["controller"],
    );
    this.#timeouts = counter(`${cr}_reconcile_timeouts_total`, "Reconciles that took too long", [
      "controller",
    ]);
    this.#seconds = histogram(
      `${cr}_reconcile_time_seconds`,
      "Duration of a reconcile",
      ["controller"],
      reconcileBuckets,
    );
    this.#workers = gauge(`${cr}_active_workers`, "Reconciles going on", ["controller"]);
    this.#maxWorkers = gauge(`${cr}_max_concurrent_reconciles`, "Most reconciles at a time", [
      "controller",
    ]);
    const labels: ("name" | "controller")[] = ["name", "controller"];
    this.#adds = counter("workqueue_adds_total", "Keys added", labels);
    this.#retries = counter("workqueue_retries_total", "Keys retried after a failure", labels);
    this.#waited = histogram(
      "workqueue_queue_duration_seconds",
      "How long a key waited to be taken",
      labels,
      workqueueBuckets,
    );
    this.#worked = histogram(
      "workqueue_work_duration_seconds",
      "How long a key was worked on",
      labels,
      workqueueBuckets,
    );
    this.#leader = gauge("leader_election_master_status", "1 where this process leads", ["name"]);
    collectDefaultMetrics({ register: this.registry });
  }

  setLeading(name: string, leading: boolean): void {
    this.#leader.set({ name }, leading ? 1 : 0);
  }

  controller(name: string, concurrency: number): ControllerMetrics {
    const labels = { controller: name };
    const both = { name, controller: name };
    this.#maxWorkers.set(labels, concurrency);
    this.#workers.set(labels, 0);
    for (const result of ["success", "error", "requeue", "requeue_after"]) {
      this.#total.inc({ ...labels, result }, 0);
    }
    for (const errors of [this.#errors, this.#terminal, this.#panics, this.#timeouts]) {
      errors.inc(labels, 0);
    }
    return {
      queue: {
        added: () => this.#adds.inc(both),
        retried: () => this.#retries.inc(both),
        taken: (waitedSeconds) => this.#waited.observe(both, waitedSeconds),
      },
      begin: () => {
        const begun = performance.now();
        this.#workers.inc(labels);
        return (result) => {
          const seconds = (performance.now() - begun) / 1000;
          this.#workers.dec(labels);
          this.#total.inc({ ...labels, result });
          if (result === "error") this.#errors.inc(labels);
          this.#seconds.observe(labels, seconds);
          this.#worked.observe(both, seconds);
        };
      },
      terminalError: () => this.#terminal.inc(labels),
      panic: () => this.#panics.inc(labels),
      timeout: () => this.#timeouts.inc(labels),
      observe: (source) => this.#observe(both, source),
    };
  }

  #observe(
    labels: { readonly name: string; readonly controller: string },
    source: Parameters<ControllerMetrics["observe"]>[0],
  ): void {
    const gauge = (name: string, help: string, read: () => number): void => {
      const known = this.registry.getSingleMetric(name) as Collected | undefined;
      if (known !== undefined) {
        known.sources.push({ labels, read });
        return;
      }
      const sources: Collected["sources"] = [{ labels, read }];
      const created = new Gauge({
        name,
        help,
        labelNames: ["name", "controller"],
        registers: [this.registry],
        collect() {
          for (const each of sources) this.set(each.labels, each.read());
        },
      });
      Object.assign(created, { sources });
    };
    gauge("workqueue_depth", "Keys ready to be taken", source.depth);
    gauge("workqueue_unfinished_work_seconds", "Sum of the ages of what is worked on", () =>
      source.runningSeconds().reduce((sum, seconds) => sum + seconds, 0),
    );
    gauge("workqueue_longest_running_processor_seconds", "Age of the oldest of them", () =>
      Math.max(0, ...source.runningSeconds()),
    );
  }
}

interface Collected {
  readonly sources: {
    readonly labels: { readonly name: string; readonly controller: string };
    readonly read: () => number;
  }[];
}
