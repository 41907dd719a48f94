import { ambientScope } from "../session/ambient-scope.ts";
import type { Connection } from "../session/connection.ts";
import { faultFromData, isGone } from "../model/fault.ts";
import { type MoRef, morefKey, type TaskRef } from "../wsdl/moref.ts";
import type { Login } from "../session/session.ts";
import type { TaskOutcome, Tasks } from "../model/vsphere.ts";
import type { FilterSource, WaitLoop } from "./wait-loop.ts";
import type { LocalizedMethodFault, ObjectUpdate, PropertyFilterSpec } from "../wsdl/vim.gen.ts";

const paths = [
  "info.state",
  "info.completeTime",
  "info.error",
  "info.result",
  "info.entity",
  "info.descriptionId",
];

/** How many finished tasks are remembered, for those who ask after the end. vCenter lists about 200 recent ones. */
const rememberedTasks = 2_000;

/** How long the rest of what is to be known of a task that has ended may follow its state; then it is looked at directly. */
const incompleteMs = 1_000;

/** How long a task may stay unmentioned by the watch before it is looked at directly: at first, and twice as long each time up to the most. */
const firstLookMs = 3_000;
const maxLookMs = 15_000;

/** A task goes on, though whoever started it has lost interest. */
const NEVER = new AbortController().signal;

interface Waiter {
  task: TaskRef;
  resolve: (outcome: TaskOutcome) => void;
  reject: (error: Error) => void;
}

/** Follows all tasks of a server through one filter on the recent ones; a call per task only for those the filter doesn't know. */
export class TaskFollower implements Tasks, FilterSource {
  readonly #connection: Connection;
  readonly #loop: WaitLoop;
  /** Properties of the tasks that were mentioned, oldest first. */
  readonly #seen = new Map<string, Record<string, unknown>>();
  /** Mentioned in this epoch. */
  readonly #mentioned = new Set<string>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  #timer: NodeJS.Timeout | undefined;
  #lookMs = firstLookMs;

  constructor(connection: Connection, loop: WaitLoop) {
    this.#connection = connection;
    this.#loop = loop;
    loop.register(this);
  }

  async run(started: Promise<TaskRef>, signal?: AbortSignal): Promise<TaskOutcome> {
    this.#loop.start();
    return this.wait(await started, signal);
  }

  /** Resolves when a task has ended, one way or the other. */
  async ended(task: TaskRef): Promise<void> {
    await this.wait(task, NEVER).catch(() => undefined);
  }

  wait(task: TaskRef, signal = ambientScope().signal): Promise<TaskOutcome> {
    this.#loop.start();
    const known = this.#seen.get(morefKey(task));
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const waiter: Waiter = { task, resolve, reject };
      if (known && isComplete(known) && settle(waiter, known)) return;
      const key = morefKey(task);
      const waiters = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, waiters.add(waiter));
      const abort = (): void => {
        waiters.delete(waiter);
        if (waiters.size === 0 && this.#waiters.get(key) === waiters) this.#waiters.delete(key);
        reject(signal!.reason as Error);
      };
      const done = (): void => signal?.removeEventListener("abort", abort);
      signal?.addEventListener("abort", abort, { once: true });
      waiter.resolve = (outcome) => (done(), resolve(outcome));
      waiter.reject = (error) => (done(), reject(error));
      // It was mentioned, and forgotten before it was asked for.
      if (known && !this.#mentioned.has(key)) this.#lookAt(key);
      this.#armTimer();
    });
  }

  async prepare(_call: unknown, login: Login): Promise<PropertyFilterSpec> {
    const recentTask = {
      _typeName: "TraversalSpec" as const,
      type: "TaskManager",
      path: "recentTask",
      skip: false,
    };
    return {
      propSet: [{ type: "Task", pathSet: paths }],
      objectSet: [{ obj: login.content.taskManager!, skip: true, selectSet: [recentTask] }],
    };
  }

  apply(updates: readonly ObjectUpdate[]): void {
    for (const { kind, obj, changeSet } of updates) {
      const key = morefKey(obj);
      if (kind === "leave") {
        // No longer a recent one: who still waits for it hears nothing more of it here.
        this.#mentioned.delete(key);
        this.#lookAt(key);
        continue;
      }
      const props = { ...this.#seen.get(key) };
      for (const { name, val } of changeSet ?? []) props[name] = val;
      this.#mentioned.add(key);
      this.#remember(key, props);
    }
  }

  #remember(key: string, props: Record<string, unknown>): void {
    this.#seen.delete(key);
    this.#seen.set(key, props);
    const oldest = this.#seen.keys().next().value;
    if (this.#seen.size > rememberedTasks && oldest !== undefined) this.#seen.delete(oldest);
    if (!isComplete(props)) {
      if (hasEnded(props)) setTimeout(() => this.#lookAt(key), incompleteMs).unref();
      return;
    }
    this.#settle(key, props);
  }

  #settle(key: string, props: Record<string, unknown>): void {
    for (const waiter of this.#waiters.get(key) ?? []) {
      if (settle(waiter, props)) this.#waiters.get(key)?.delete(waiter);
    }
    if (this.#waiters.get(key)?.size === 0) this.#waiters.delete(key);
  }

  /** A new epoch: whoever waits for a task that isn't among the recent ones can't count on hearing of it. */
  synced(): void {
    this.#lookAtUnmentioned();
  }

  /** A server that was restarted may give a task the name of one that it has forgotten. */
  lost(): void {
    this.#seen.clear();
    this.#mentioned.clear();
  }

  gone(): void {}

  failed(error: Error): void {
    this.#connection.log({
      level: "error",
      message: "the server refuses to let tasks be watched",
      error,
    });
  }

  #armTimer(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#lookAtUnmentioned();
      this.#lookMs = this.#waiters.size > 0 ? Math.min(2 * this.#lookMs, maxLookMs) : firstLookMs;
      if (this.#waiters.size > 0) this.#armTimer();
    }, this.#lookMs).unref();
  }

  #lookAtUnmentioned(): void {
    for (const key of this.#waiters.keys()) if (!this.#mentioned.has(key)) this.#lookAt(key);
  }

  /** Reads a task that somebody waits for; what it says then counts, complete or not. */
  #lookAt(key: string): void {
    const [waiter] = this.#waiters.get(key) ?? [];
    if (waiter && this.#loop.call) void this.#look(key, waiter.task);
  }

  async #look(key: string, task: TaskRef): Promise<void> {
    try {
      const content = (await this.#connection.login()).content;
      const page = await this.#connection.call("RetrievePropertiesEx", content.propertyCollector, {
        specSet: [{ propSet: [{ type: "Task", pathSet: paths }], objectSet: [{ obj: task }] }],
        options: {},
      });
      const props = page?.objects[0]?.propSet ?? [];
      this.#settle(key, Object.fromEntries(props.map(({ name, val }) => [name, val])));
    } catch (error) {
      if (!isGone(error)) {
        this.#connection.log({
          level: "debug",
          message: "couldn't look at a task",
          task: key,
          error,
        });
        return;
      }
      for (const waiter of this.#waiters.get(key) ?? []) waiter.resolve({ state: "unknown", task });
      this.#waiters.delete(key);
    }
  }

  /** Ends the waiting of all. */
  close(reason: Error): void {
    clearTimeout(this.#timer);
    for (const waiters of this.#waiters.values())
      for (const waiter of waiters) waiter.reject(reason);
    this.#waiters.clear();
  }
}

const hasEnded = (props: Record<string, unknown>): boolean =>
  props["info.state"] === "error" || props["info.state"] === "success";

/** Whether all that there will be is known: a server may tell of a state before what belongs to it. */
const isComplete = (props: Record<string, unknown>): boolean =>
  hasEnded(props) && (props["info.completeTime"] ?? props["info.error"]) !== undefined;

/** Tells a waiter the end of its task, if it has ended. */
function settle(waiter: Waiter, props: Record<string, unknown>): boolean {
  const { task } = waiter;
  if (props["info.state"] === "error") {
    const method = props["info.descriptionId"] as string | undefined;
    waiter.reject(faultFromData(props["info.error"] as LocalizedMethodFault | undefined, method));
    return true;
  }
  if (props["info.state"] !== "success") return false;
  const entity = props["info.entity"] as MoRef | undefined;
  waiter.resolve({
    state: "success",
    task,
    ...(entity ? { entity } : {}),
    result: props["info.result"],
  });
  return true;
}
