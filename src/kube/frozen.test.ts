import { expect, test } from "vitest";
import type { Kind } from "./kind.ts";
import type { KubeObject } from "./object.ts";
import { toCached } from "./frozen.ts";

const kind: Kind<KubeObject> = {
  group: "g",
  version: "v1",
  kind: "Thing",
  plural: "things",
  namespaced: true,
};

test("a cached object can't be changed, to its leaves", () => {
  const cached = toCached(kind, { metadata: { name: "a", labels: { color: "red" } } });
  expect(() => Object.assign(cached.metadata?.labels ?? {}, { color: "blue" })).toThrow(TypeError);
});

test("it says what it is, has no managedFields, and all else as it came", () => {
  const spec = { texts: ["a text that is longer than most", "short", ""], deep: { number: 1 } };
  const metadata = { name: "a", managedFields: [{ manager: "x" }] };
  for (let turn = 0; turn < 2; turn++)
    expect(toCached(kind, structuredClone({ metadata, spec }))).toEqual({
      apiVersion: "g/v1",
      kind: "Thing",
      metadata: { name: "a" },
      spec,
    });
});

test("what is frozen already may be cached", () => {
  const spec = Object.freeze({ text: "a text that is longer than most" });
  expect(toCached(kind, { metadata: { name: "a" }, spec } as KubeObject)).toMatchObject({ spec });
});
