import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "../session/connection.ts";
import { isGone, VSphereFault } from "../model/fault.ts";
import { type MoRef, morefKey, sameMoref } from "../wsdl/moref.ts";
import type { Login } from "../session/session.ts";
import type { Methods, ObjectUpdate, PropertyFilterSpec, UpdateSet } from "../wsdl/vim.gen.ts";

/** Calls in the login that the collector lives in; fails once that is over. */
export type CallInEpoch = <M extends keyof Methods>(
  method: M,
  self: MoRef,
  args: Methods[M]["args"],
) => Promise<Methods[M]["result"]>;

/** One filter in the wait, with what becomes of its updates. An epoch is the life of one collector; each starts from nothing. */
export interface FilterSource {
  /** Makes the filter's spec, and on the server what it refers to. Undefined: no filter in this epoch. */
  prepare(call: CallInEpoch, login: Login): Promise<PropertyFilterSpec | undefined>;
  /** Updates of this filter, in order. */
  apply(updates: readonly ObjectUpdate[]): void;
  /** All that there was at the start of the epoch has been applied. Not called where the filter came later. */
  synced(): void;
  /** What the filter is about doesn't exist (any more): no updates in this epoch. */
  gone(): void;
  /** The server refused the filter, and would again; `true`: not the one that {@link prepare} makes now. */
  failed(error: VSphereFault): boolean | void;
  /** The epoch is over: nothing more comes until the next {@link prepare}. */
  lost(): void;
}

/** Of an answer at most: what it takes to read one, some 15 kB for each VM, is garbage afterwards. */
export const OBJECTS_PER_PAGE = 100;

const firstBackoffMs = 500;
const maxBackoffMs = 30_000;

/** One epoch's collector. */
interface Collector {
  login: Login;
  ref: MoRef;
  filters: Map<string, FilterSource>;
  /** Sources that were asked for a spec in this epoch. */
  prepared: Set<FilterSource>;
  /** Filters being created. */
  creating: number;
  /** Updates of filters whose creation hasn't been answered yet. */
  early: Map<string, ObjectUpdate[]>;
}

/** The one WaitForUpdatesEx on a server: rebuilds itself whatever breaks. */
export class WaitLoop {
  readonly #connection: Connection;
  readonly #maxWaitSeconds: number;
  readonly #sources = new Map<FilterSource, MoRef | undefined>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #collector: Collector | undefined;
  #wake = new AbortController();
  #interrupt = new AbortController();

  constructor(connection: Connection, maxWaitSeconds: number) {
    this.#connection = connection;
    this.#maxWaitSeconds = maxWaitSeconds;
    connection.onState(({ connected }) => {
      if (connected || this.#stop.signal.aborted) return;
      // A wait on a connection that died silently would hang for minutes after the server is back, and a server that
      // nobody watches would stay lost: the attempts of this loop are the one probe.
      this.#interrupt.abort(new Error("the connection was lost"));
      this.start();
    });
    connection.onTimeout(() => this.#interrupt.abort(new Error("a call was not answered")));
  }

  /** Calls in the present epoch; undefined between epochs. */
  get call(): CallInEpoch | undefined {
    const collector = this.#collector;
    if (!collector) return undefined;
    return (method, self, args) => this.#connection.callIn(collector.login, method, self, args);
  }

  /** Names a source that belongs to every epoch; to be called before {@link start}. */
  register(source: FilterSource): void {
    this.#sources.set(source, undefined);
  }

  /** Begins, if it hasn't yet. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Adds a filter, at once if an epoch runs. Rejects if the epoch breaks meanwhile, after which the next one has it. */
  async add(source: FilterSource): Promise<void> {
    this.#sources.set(source, undefined);
    this.start();
    if (this.#collector) await this.#createFilter(this.#collector, source);
  }

  /** Removes a filter. */
  async remove(source: FilterSource): Promise<void> {
    const filter = this.#sources.get(source);
    this.#sources.delete(source);
    if (!filter) return;
    this.#collector?.filters.delete(morefKey(filter));
    await this.call?.("DestroyPropertyFilter", filter, {}).catch(() => undefined);
  }

  /** Ends a pause between attempts: somebody knows that the server may be reached again. */
  retryNow(): void {
    this.#wake.abort();
  }

  /** Ends the wait. What it may have in flight ends with the connection: see {@link ended}. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    if (this.#collector) await this.#destroy(this.#collector);
  }

  /** Resolves when nothing is done any more. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#epoch(() => (failures = 0));
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        this.#connection.log({
          level: "warn",
          message: "the property watch broke; starting it anew",
          error,
        });
      } finally {
        this.#endEpoch();
      }
      await this.#pause(failures++);
    }
  }

  #endEpoch(): void {
    const collector = this.#collector;
    if (!collector) return;
    this.#collector = undefined;
    for (const source of this.#sources.keys()) source.lost();
    void this.#destroy(collector);
  }

  /** A collector ends with its session anyway. */
  async #destroy({ login, ref }: Collector): Promise<void> {
    const scope = { timeoutMs: 3_000 };
    await this.#connection
      .callIn(login, "DestroyPropertyCollector", ref, {}, scope)
      .catch(() => undefined);
  }

  /** Full jitter above a floor, so that many clients of a restarted server don't come at once. */
  async #pause(failures: number): Promise<void> {
    const limit = Math.min(maxBackoffMs, firstBackoffMs * 2 ** failures);
    this.#wake = new AbortController();
    if (this.#stop.signal.aborted) return;
    await delay(limit * (0.5 + Math.random() / 2), undefined, { signal: this.#wake.signal }).catch(
      () => undefined,
    );
  }

  async #epoch(established: () => void): Promise<void> {
    this.#interrupt = new AbortController();
    const collector = await this.#createCollector();
    for (const source of this.#sources.keys()) await this.#createFilter(collector, source);
    this.#collector = collector;
    // Sources added while the filters were made.
    for (const source of this.#sources.keys()) await this.#createFilter(collector, source);
    const first = new Map(collector.filters);
    let version = "";
    let isSynced = false;
    while (!this.#stop.signal.aborted) {
      const set = await this.#wait(collector, version, isSynced ? this.#maxWaitSeconds : 0);
      if (set) {
        version = set.version;
        this.#dispatch(collector, set);
      }
      if (!isSynced && !set?.truncated) {
        isSynced = true;
        established();
        for (const [filter, source] of first) if (collector.filters.has(filter)) source.synced();
      }
    }
  }

  async #createCollector(): Promise<Collector> {
    const main = (await this.#connection.login()).content.propertyCollector;
    // This one call may log in again; the collector belongs to the login that stands afterwards.
    const ref = await this.#connection.callNow("CreatePropertyCollector", main, {});
    const login = await this.#connection.login();
    for (const source of this.#sources.keys()) this.#sources.set(source, undefined);
    return { login, ref, filters: new Map(), prepared: new Set(), creating: 0, early: new Map() };
  }

  async #createFilter(collector: Collector, source: FilterSource): Promise<void> {
    if (collector.prepared.has(source)) return;
    collector.prepared.add(source);
    const call: CallInEpoch = (method, self, args) =>
      this.#connection.callIn(collector.login, method, self, args);
    collector.creating++;
    try {
      const spec = await source.prepare(call, collector.login);
      if (!spec || !this.#sources.has(source)) return;
      const filter = await call("CreateFilter", collector.ref, { spec, partialUpdates: false });
      if (!this.#sources.has(source)) {
        await call("DestroyPropertyFilter", filter, {});
        return;
      }
      this.#sources.set(source, filter);
      collector.filters.set(morefKey(filter), source);
      source.apply(collector.early.get(morefKey(filter)) ?? []);
    } catch (error) {
      if (!(error instanceof VSphereFault) || error.fault === "NotAuthenticated") throw error;
      if (sameMoref(error.details["obj"] as MoRef | undefined, collector.ref)) throw error;
      if (isGone(error)) source.gone();
      else if (source.failed(error) === true) {
        collector.prepared.delete(source);
        await this.#createFilter(collector, source);
      }
    } finally {
      if (--collector.creating === 0) collector.early.clear();
    }
  }

  async #wait(
    collector: Collector,
    version: string,
    maxWaitSeconds: number,
  ): Promise<UpdateSet | undefined> {
    const args = { version, options: { maxWaitSeconds, maxObjectUpdates: OBJECTS_PER_PAGE } };
    const timeoutMs = (maxWaitSeconds + 60) * 1000;
    const scope = {
      timeoutMs,
      signal: AbortSignal.any([this.#stop.signal, this.#interrupt.signal]),
    };
    return this.#connection.callIn(collector.login, "WaitForUpdatesEx", collector.ref, args, scope);
  }

  #dispatch(collector: Collector, set: UpdateSet): void {
    for (const { filter, objectSet = [], missingSet = [] } of set.filterSet ?? []) {
      const key = morefKey(filter);
      const source = collector.filters.get(key);
      // An object that a filter names and that isn't there is as one that went.
      const updates = [...objectSet, ...missingSet.map(({ obj }) => leaving(obj))];
      if (source) source.apply(updates);
      else if (collector.creating > 0)
        collector.early.set(key, [...(collector.early.get(key) ?? []), ...updates]);
    }
  }
}

const leaving = (obj: MoRef): ObjectUpdate => ({ kind: "leave", obj });
