import type { VmChange, VmRecord } from "../model/inventory.ts";
import { type MoRef, morefKey, sameMoref } from "../wsdl/moref.ts";
import { VmIndex } from "./vm-index.ts";
import { changedFields, updatedRecord } from "./vm-record.ts";
import type { ObjectUpdate } from "../wsdl/vim.gen.ts";

type VmRef = MoRef<"VirtualMachine">;

/** The VMs that are watched, by reference, instance UUID and values of extraConfig. Turns updates into true differences. */
export class VmCache {
  readonly #extraConfigKeys: readonly string[];
  readonly #byRef = new Map<string, VmRecord>();
  readonly #byUuid = new VmIndex(({ instanceUuid }) => instanceUuid);
  /** By key of extraConfig; made when first asked for. */
  readonly #byExtraConfig = new Map<string, VmIndex>();
  /** Seen in this epoch; undefined once the epoch's first full set is complete. */
  #seen: Set<string> | undefined = new Set();

  /** @param extraConfigKeys the keys of extraConfig that are kept */
  constructor(extraConfigKeys: readonly string[] = []) {
    this.#extraConfigKeys = extraConfigKeys;
  }

  get(ref: MoRef): VmRecord | undefined {
    return this.#byRef.get(morefKey(ref));
  }

  /** The newest of those that have it, of a vApp's, pool's or folder's direct members or of all. */
  getByInstanceUuid(uuid: string, container?: MoRef): VmRecord | undefined {
    return this.#found(this.#byUuid.get(uuid), container).at(-1);
  }

  /** Direct members of a vApp, pool or folder with a value of extraConfig. */
  listByExtraConfig(key: string, value: string, container: MoRef): VmRecord[] {
    let index = this.#byExtraConfig.get(key);
    if (!index) {
      index = new VmIndex(({ extraConfig }) => extraConfig[key]);
      for (const vm of this.#byRef.values()) index.update(undefined, vm);
      this.#byExtraConfig.set(key, index);
    }
    return this.#found(index.get(value), container);
  }

  #found(keys: readonly string[], container: MoRef | undefined): VmRecord[] {
    const found = keys.map((key) => this.#byRef.get(key)!);
    return container ? found.filter((vm) => isMember(vm, container)) : found;
  }

  /** Direct members of a vApp, pool or folder, or all. */
  list(container?: MoRef): VmRecord[] {
    const all = [...this.#byRef.values()];
    return container ? all.filter((vm) => isMember(vm, container)) : all;
  }

  /** Applies updates in order and returns what they changed. */
  apply(updates: readonly ObjectUpdate[]): VmChange[] {
    const changes: VmChange[] = [];
    for (const { kind, obj, changeSet } of updates) {
      if (obj.type !== "VirtualMachine") continue;
      const ref = obj as VmRef;
      const before = this.get(ref);
      if (kind === "leave") {
        if (before) changes.push(this.#remove(before));
        continue;
      }
      // Of a VM that was forgotten, or that the view is about to lose.
      if (kind === "modify" && !before) continue;
      // Some servers say `enter` again for what they had told before: it holds all properties, so it replaces.
      const after = updatedRecord(
        ref,
        kind === "enter" ? undefined : before,
        changeSet ?? [],
        this.#extraConfigKeys,
      );
      this.#seen?.add(morefKey(ref));
      this.#store(before, after);
      const changed = before ? changedFields(before, after) : new Set<string>();
      if (!before) changes.push({ kind: "enter", ref, vm: after, changed });
      else if (changed.size > 0) changes.push({ kind: "modify", ref, vm: after, changed });
    }
    return changes;
  }

  /** An epoch begins: what it doesn't mention until {@link endEpoch} is gone. */
  beginEpoch(): void {
    this.#seen = new Set();
  }

  /** The first full set is complete, but for some containers: returns the departures that nobody told. */
  endEpoch(except: readonly MoRef[] = []): VmChange[] {
    const seen = this.#seen;
    this.#seen = undefined;
    if (!seen) return [];
    const gone = this.list().filter(
      (vm) => !seen.has(morefKey(vm.ref)) && !except.some((container) => isMember(vm, container)),
    );
    return gone.map((vm) => this.#remove(vm));
  }

  /** A container's VMs are known to be these, by key: returns the departures that nobody told. */
  settle(container: MoRef, present: ReadonlySet<string>): VmChange[] {
    const gone = this.list(container).filter((vm) => !present.has(morefKey(vm.ref)));
    return gone.map((vm) => this.#remove(vm));
  }

  /** Forgets a container's VMs without calling it a departure. */
  forget(container: MoRef): void {
    for (const vm of this.list(container)) this.#remove(vm);
  }

  #store(before: VmRecord | undefined, after: VmRecord): void {
    this.#byRef.set(morefKey(after.ref), after);
    this.#index(before, after);
  }

  #remove(vm: VmRecord): VmChange {
    this.#byRef.delete(morefKey(vm.ref));
    this.#index(vm, undefined);
    return { kind: "leave", ref: vm.ref, vm, changed: new Set() };
  }

  #index(before: VmRecord | undefined, after: VmRecord | undefined): void {
    this.#byUuid.update(before, after);
    for (const index of this.#byExtraConfig.values()) index.update(before, after);
  }
}

/** Whether a VM is directly in a vApp, pool or folder. */
export function isMember(vm: VmRecord, container: MoRef): boolean {
  return (
    sameMoref(vm.parentVApp, container) ||
    sameMoref(vm.resourcePool, container) ||
    sameMoref(vm.parent, container)
  );
}
