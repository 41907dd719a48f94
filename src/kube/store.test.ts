import { expect, test } from "vitest";
import type { KubeObject } from "./object.ts";
import { WritableStore } from "./store.ts";

const object = (name: string, color: string, resourceVersion = "1"): KubeObject => ({
  metadata: { name, namespace: "a", resourceVersion, labels: { color } },
});

function colored(): WritableStore<KubeObject> {
  const store = new WritableStore<KubeObject>();
  store.addIndex("color", ({ metadata }) => [metadata?.labels?.["color"] ?? ""]);
  return store;
}

const namesOf = (store: WritableStore<KubeObject>, color: string): string[] =>
  store.byIndex("color", color).map(({ metadata }) => metadata?.name ?? "");

test("an index that isn't there is a mistake, a value that nobody has is none", () => {
  const store = colored();
  expect(() => store.byIndex("shape", "round")).toThrow("no such index: shape");
  expect(namesOf(store, "red")).toEqual([]);
});

test("objects come and go under one value of an index, one or many", () => {
  const store = colored();
  store.set(object("x", "red"));
  expect(namesOf(store, "red")).toEqual(["x"]);
  store.set(object("x", "red", "2"));
  expect(namesOf(store, "red")).toEqual(["x"]);
  store.set(object("y", "red"));
  store.set(object("z", "red"));
  expect(namesOf(store, "red").toSorted()).toEqual(["x", "y", "z"]);
  store.delete("a/x");
  store.delete("a/z");
  expect(namesOf(store, "red")).toEqual(["y"]);
  store.set(object("y", "blue", "2"));
  expect(namesOf(store, "red")).toEqual([]);
  expect(namesOf(store, "blue")).toEqual(["y"]);
});

test("an index that is added later knows what is there", () => {
  const store = colored();
  store.set(object("x", "red"));
  store.addIndex("name", ({ metadata }) => [metadata?.name ?? ""]);
  expect(store.byIndex("name", "x")).toHaveLength(1);
});
