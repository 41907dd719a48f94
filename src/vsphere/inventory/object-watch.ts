import type { MoRef } from "../wsdl/moref.ts";
import type { ObjectChange } from "../model/inventory.ts";
import type { FilterSource } from "../wait/wait-loop.ts";
import type { ObjectUpdate, PropertyFilterSpec } from "../wsdl/vim.gen.ts";

/** Watches some properties of one object. Epochs make no difference to the listener: it hears true changes only. */
export class ObjectWatch implements FilterSource {
  readonly #ref: MoRef;
  readonly #paths: readonly string[];
  readonly #listener: (change: ObjectChange) => void;
  #props: Record<string, unknown> | undefined;
  readonly #synced = Promise.withResolvers<void>();
  isSynced = false;

  constructor(ref: MoRef, paths: readonly string[], listener: (change: ObjectChange) => void) {
    this.#ref = ref;
    this.#paths = paths;
    this.#listener = listener;
    this.#synced.promise.catch(() => undefined);
  }

  /** Resolves with the first values; rejects if the object doesn't exist or the watch ends before. */
  get whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  async prepare(): Promise<PropertyFilterSpec> {
    return {
      propSet: [{ type: this.#ref.type, pathSet: [...this.#paths] }],
      objectSet: [{ obj: this.#ref }],
      // VMware's advice for objects that come and go: one that goes says so, instead of failing whoever waits.
      reportMissingObjectsInResults: true,
    };
  }

  apply(updates: readonly ObjectUpdate[]): void {
    for (const update of updates) {
      if (update.kind === "leave") this.gone();
      else this.#upsert(update);
    }
  }

  #upsert(update: ObjectUpdate): void {
    const before = this.#props;
    const props: Record<string, unknown> = update.kind === "enter" ? {} : { ...before };
    for (const { name, op, val } of update.changeSet ?? []) {
      if (op === "assign" && val !== undefined) props[name] = val;
      else delete props[name];
    }
    const names = new Set([...Object.keys(before ?? {}), ...Object.keys(props)]);
    const changed = [...names].filter(
      (name) => JSON.stringify(before?.[name]) !== JSON.stringify(props[name]),
    );
    this.#props = props;
    this.isSynced = true;
    this.#synced.resolve();
    if (before && changed.length === 0) return;
    this.#listener({
      kind: before ? "modify" : "enter",
      ref: this.#ref,
      props,
      changed: new Set(changed),
    });
  }

  gone(): void {
    this.#synced.reject(new Error(`${this.#ref.type} ${this.#ref.value} doesn't exist`));
    const props = this.#props;
    this.#props = undefined;
    if (props) this.#listener({ kind: "leave", ref: this.#ref, props, changed: new Set() });
  }

  failed(error: Error): void {
    this.#synced.reject(error);
  }

  /** The epoch's first full set is complete: what isn't in it isn't there. */
  synced(): void {
    if (!this.isSynced) this.gone();
  }

  lost(): void {
    this.isSynced = false;
  }

  /** The watch ends; who waits for its first values hears why. */
  closed(): void {
    this.#synced.reject(new Error("the watch was closed"));
  }
}
