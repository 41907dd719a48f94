import type { Store } from "./informer.ts";
import { keyOf, type KubeObject, type ObjectKey } from "./object.ts";

type IndexFunction<T> = (object: T) => readonly string[];

interface Index<T> {
  readonly values: IndexFunction<T>;
  /** Most values have one key alone, and a set for it would be larger than all else that is kept of it. */
  readonly keys: Map<string, ObjectKey | Set<ObjectKey>>;
}

/** What changed in a store by replacing its contents. */
export interface Replaced<T> {
  readonly added: readonly T[];
  readonly updated: readonly (readonly [now: T, old: T])[];
  readonly deleted: readonly T[];
}

/** A {@link Store} that can be written: by its informer alone. */
export class WritableStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new Map<ObjectKey, T>();
  readonly #indexes = new Map<string, Index<T>>();

  constructor() {
    this.addIndex(namespaceIndex, (object) => [object.metadata?.namespace ?? ""]);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined
      ? [...this.#objects.values()]
      : this.byIndex(namespaceIndex, namespace);
  }

  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`no such index: ${name}`);
    const keys = index.keys.get(value);
    if (keys === undefined) return [];
    if (typeof keys === "string") return [this.#objects.get(keys)!];
    return Array.from(keys, (key) => this.#objects.get(key)!);
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index: Index<T> = { values, keys: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) enter(index, key, object);
  }

  /** Returns what stood there before. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    for (const index of this.#indexes.values()) {
      if (old !== undefined) leave(index, key, old);
      enter(index, key, object);
    }
    this.#objects.set(key, object);
    return old;
  }

  delete(key: ObjectKey): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    for (const index of this.#indexes.values()) leave(index, key, old);
    this.#objects.delete(key);
    return old;
  }

  /** Makes `objects` the whole contents. One of the same resourceVersion doesn't count as updated. */
  replace(objects: ReadonlyMap<ObjectKey, T>): Replaced<T> {
    const added: T[] = [];
    const updated: [T, T][] = [];
    const deleted: T[] = [];
    for (const [key, old] of this.#objects) {
      if (objects.has(key)) continue;
      this.delete(key);
      deleted.push(old);
    }
    for (const object of objects.values()) {
      const current = this.#objects.get(keyOf(object));
      if (isSame(current, object)) continue;
      this.set(object);
      if (current === undefined) added.push(object);
      else updated.push([object, current]);
    }
    return { added, updated, deleted };
  }
}

const namespaceIndex = "namespace";

function isSame(a: KubeObject | undefined, b: KubeObject): boolean {
  return (
    a !== undefined &&
    a.metadata?.uid === b.metadata?.uid &&
    a.metadata?.resourceVersion === b.metadata?.resourceVersion
  );
}

function enter<T>(index: Index<T>, key: ObjectKey, object: T): void {
  for (const value of index.values(object)) {
    const keys = index.keys.get(value);
    if (keys === undefined) index.keys.set(value, key);
    else if (typeof keys !== "string") keys.add(key);
    else if (keys !== key) index.keys.set(value, new Set([keys, key]));
  }
}

function leave<T>(index: Index<T>, key: ObjectKey, object: T): void {
  for (const value of index.values(object)) {
    const keys = index.keys.get(value);
    if (typeof keys === "string") {
      if (keys === key) index.keys.delete(value);
    } else if (keys?.delete(key) && keys.size === 0) index.keys.delete(value);
  }
}
