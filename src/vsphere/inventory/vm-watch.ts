import { isFault, isGone, VSphereFault } from "../model/fault.ts";
import { type MoRef, morefKey } from "../wsdl/moref.ts";
import type { Login } from "../session/session.ts";
import { isPool, membersOfList, readMembers } from "./vm-members.ts";
import { vmPaths } from "./vm-record.ts";
import type { CallInEpoch, FilterSource } from "../wait/wait-loop.ts";
import type { ObjectUpdate, PropertyFilterSpec } from "../wsdl/vim.gen.ts";

/** A watched vApp, pool or folder. */
export interface Container {
  ref: MoRef;
  users: number;
  /** Its view in this epoch, once that is in the list. */
  view: MoRef | undefined;
  /** Whether the view was in the list before the filter was made, so that the epoch's first full set has its VMs. */
  inFirstSet: boolean;
  /** Why it has no view: it doesn't exist (any more), or the server refuses for now. */
  missing: "gone" | "refused" | undefined;
  isSynced: boolean;
  synced: PromiseWithResolvers<void>;
}

/** After how long a container whose view was refused is tried again. */
const retryMs = 10_000;

/** The life of one ListView. */
interface Epoch {
  call: CallInEpoch;
  login: Login;
  list: MoRef;
}

/** What the watch does with what it hears. */
export interface VmSink {
  begin(): void;
  apply(updates: readonly ObjectUpdate[]): void;
  /** The epoch's first full set is complete; it says nothing of the VMs of the excepted containers. */
  synced(except: readonly MoRef[]): void;
  /** A container's VMs have been read: whoever it had before and isn't among them is gone. */
  filled(container: MoRef, present: ReadonlySet<string>): void;
  lost(): void;
  forget(container: MoRef): void;
}

/** All watched vApps and pools in one filter: a ContainerView each, in one ListView. */
export class VmWatch implements FilterSource {
  readonly #extraConfigKeys: readonly string[];
  /** Whether the server knows property paths with keys. */
  #keyedPaths = true;
  readonly #sink: VmSink;
  readonly #containers = new Map<string, Container>();
  #epoch: Epoch | undefined;
  /** References of VMs that the wait spoke of while a new container is being read; see {@link #fill}. */
  #mentioned: Set<string> | undefined;
  #filling = 0;
  #isSynced = false;

  readonly #onError: (error: unknown) => void;

  /** Failures that also break the epoch, after which everything is made anew, go to `onError`. */
  constructor(extraConfigKeys: readonly string[], sink: VmSink, onError: (error: unknown) => void) {
    this.#onError = onError;
    this.#extraConfigKeys = extraConfigKeys;
    this.#sink = sink;
  }

  /** Whether every container's VMs are known. */
  get isSynced(): boolean {
    const known = ({ isSynced, missing }: Container): boolean => isSynced || missing === "gone";
    return this.#isSynced && [...this.#containers.values()].every(known);
  }

  /** Whether one container's VMs are known; one that is gone has none. */
  isSyncedFor(ref: MoRef): boolean {
    const container = this.#containers.get(morefKey(ref));
    return this.#isSynced && (container?.isSynced === true || container?.missing === "gone");
  }

  /** Adds a vApp, pool or folder; counted. */
  add(ref: MoRef): Container {
    let container = this.#containers.get(morefKey(ref));
    if (!container) {
      container = {
        ref,
        users: 0,
        view: undefined,
        inFirstSet: false,
        missing: undefined,
        isSynced: false,
        synced: Promise.withResolvers(),
      };
      container.synced.promise.catch(() => undefined);
      this.#containers.set(morefKey(ref), container);
      if (this.#epoch) this.#join(container, this.#epoch).catch(this.#onError);
    }
    container.users++;
    return container;
  }

  async remove(container: Container): Promise<void> {
    if (--container.users > 0) return;
    this.#containers.delete(morefKey(container.ref));
    container.synced.reject(new Error("the watch was closed"));
    this.#sink.forget(container.ref);
    const { view } = container;
    if (!view || !this.#epoch) return;
    const { call, list } = this.#epoch;
    await call("ModifyListView", list, { remove: [view] }).catch(() => undefined);
    if (view.type === "ContainerView") await call("DestroyView", view, {}).catch(() => undefined);
  }

  async prepare(call: CallInEpoch, login: Login): Promise<PropertyFilterSpec> {
    const viewManager = login.content.viewManager!;
    this.#sink.begin();
    const views: MoRef[] = [];
    for (const container of this.#containers.values()) {
      const view = await this.#createView(container, call, viewManager);
      container.view = view;
      container.inFirstSet = view !== undefined;
      if (view) views.push(view);
    }
    const list = await this.#createList(views, call, viewManager);
    this.#epoch = { call, login, list };
    // Containers that were added while the views were made.
    for (const container of this.#containers.values()) {
      if (!container.view && !container.missing) await this.#join(container, this.#epoch);
    }
    return membersOfList(list, this.#paths());
  }

  #paths(): string[] {
    return vmPaths(this.#extraConfigKeys, this.#keyedPaths);
  }

  /** A list of the containers' views. */
  async #createList(views: MoRef[], call: CallInEpoch, viewManager: MoRef): Promise<MoRef> {
    try {
      return await call("CreateListView", viewManager, { obj: views });
    } catch (error) {
      if (views.length === 0 || !isFault(error, "InvalidArgument", "ManagedObjectNotFound"))
        throw error;
    }
    const list = await call("CreateListView", viewManager, { obj: [] });
    for (const container of this.#containers.values()) {
      if (container.view) await this.#list(container, call, list);
      container.inFirstSet = container.view !== undefined;
    }
    return list;
  }

  /** Puts a container's view into the list, or itself where the server lists no views. One that is gone has no view then. */
  async #list(container: Container, call: CallInEpoch, list: MoRef): Promise<void> {
    const add = async (view: MoRef): Promise<void> => {
      const unresolved = await call("ModifyListView", list, { add: [view] });
      container.view = (unresolved ?? []).length === 0 ? view : undefined;
      container.missing = container.view ? undefined : "gone";
    };
    const { view, ref } = container;
    if (!view) return;
    try {
      await add(view);
    } catch (error) {
      if (view.type !== "ContainerView" || !isFault(error, "InvalidArgument")) throw error;
      await call("DestroyView", view, {}).catch(() => undefined);
      await add(ref);
    }
  }

  apply(updates: readonly ObjectUpdate[]): void {
    if (this.#mentioned) for (const { obj } of updates) this.#mentioned.add(morefKey(obj));
    this.#sink.apply(updates);
  }

  synced(): void {
    this.#isSynced = true;
    for (const container of this.#containers.values()) {
      if (container.inFirstSet) markSynced(container);
      else if (container.view && this.#epoch)
        this.#fill(container, container.view, this.#epoch).catch(this.#onError);
    }
    this.#sink.synced(this.#refused());
  }

  /** Containers whose VMs this epoch doesn't tell of, though they may be there. */
  #refused(): MoRef[] {
    return [...this.#containers.values()]
      .filter(({ inFirstSet, missing }) => !inFirstSet && missing !== "gone")
      .map(({ ref }) => ref);
  }

  lost(): void {
    this.#isSynced = false;
    this.#epoch = undefined;
    for (const container of this.#containers.values()) {
      container.view = undefined;
      container.inFirstSet = false;
      container.missing = undefined;
      container.isSynced = false;
    }
    this.#sink.lost();
  }

  gone(): void {}

  failed(error: Error): boolean {
    this.#onError(error);
    const again = this.#keyedPaths && isFault(error, "InvalidProperty");
    if (again) this.#keyedPaths = false;
    return again;
  }

  /** A view of the container; undefined if there can't be one, of which its own watch hears and the others don't. */
  async #createView(
    container: Container,
    call: CallInEpoch,
    viewManager: MoRef,
  ): Promise<MoRef | undefined> {
    try {
      const args = { container: container.ref, type: ["VirtualMachine"], recursive: true };
      return await call("CreateContainerView", viewManager, args);
    } catch (error) {
      // A server that makes no views of vApps can traverse them.
      if (isFault(error, "InvalidArgument") && isPool(container.ref)) return container.ref;
      if (!(error instanceof VSphereFault) || isFault(error, "NotAuthenticated")) throw error;
      container.missing = isGone(error) ? "gone" : "refused";
      // Whoever waits hears what only people can change; the rest may pass, so it is tried again.
      if (isFault(error, "ManagedObjectNotFound", "NotFound", "NoPermission"))
        container.synced.reject(error);
      if (container.missing === "refused") this.#retry(container, error);
      return undefined;
    }
  }

  /** Tries later in this epoch; another begins anew anyway. */
  #retry(container: Container, error: VSphereFault): void {
    this.#onError(error);
    const timer = setTimeout(() => {
      const epoch = this.#epoch;
      if (!epoch || container.missing !== "refused" || container.users === 0) return;
      this.#join(container, epoch).catch(this.#onError);
    }, retryMs);
    timer.unref();
  }

  /** Takes a new container into the running wait. */
  async #join(container: Container, epoch: Epoch): Promise<void> {
    const view = await this.#createView(container, epoch.call, epoch.login.content.viewManager!);
    if (!view) return;
    container.view = view;
    await this.#list(container, epoch.call, epoch.list);
    if (this.#epoch !== epoch) return;
    if (this.#isSynced && container.view) await this.#fill(container, container.view, epoch);
  }

  /**
   * Reads the container's VMs once: the wait tells of them too, but says nothing about a container that has none. What the
   * wait has spoken of meanwhile is newer than what is read here.
   */
  async #fill(container: Container, view: MoRef, epoch: Epoch): Promise<void> {
    this.#mentioned ??= new Set();
    const mentioned = this.#mentioned;
    const present = new Set<string>();
    this.#filling++;
    try {
      for await (const page of readMembers(epoch.call, epoch.login, view, this.#paths())) {
        if (container.view !== view) return;
        this.#sink.apply(page.filter(({ obj }) => !mentioned.has(morefKey(obj))));
        for (const { obj } of page) present.add(morefKey(obj));
      }
      if (container.view !== view) return;
      markSynced(container);
      this.#sink.filled(container.ref, new Set([...mentioned, ...present]));
    } finally {
      if (--this.#filling === 0) this.#mentioned = undefined;
    }
  }
}

function markSynced(container: Container): void {
  container.isSynced = true;
  container.synced.resolve();
}
