import { expect, test } from "vitest";
import { root } from "../steps.ts";
import { goDependencies, isFit, npmDependencies } from "./licences.ts";

test.each([
  ["MIT", true],
  ["Apache-2.0 BSD-3-Clause", true],
  ["(MIT OR GPL-3.0)", true],
  ["MIT AND GPL-3.0-only", false],
  ["GPL-2.0", false],
  ["AGPL-3.0-or-later", false],
  ["Apache-2.0 SSPL-1.0", false],
  ["BUSL-1.1", false],
  ["", false],
  [undefined, false],
])("%s is fit: %s", (licence, fit) => {
  expect(isFit(licence)).toBe(fit);
});

test("every package of the lock file says how it may be used", () => {
  const all = npmDependencies(root);
  expect(all.length).toBeGreaterThan(100);
  expect(all.filter(({ licence }) => !isFit(licence))).toEqual([]);
});

test("a Go module without a known licence has none", () => {
  expect(goDependencies("a.example/x\tv1.0.0\tMIT ISC\nb.example/y\tv2.0.0\tunknown\n")).toEqual([
    { name: "a.example/x", version: "v1.0.0", licence: "MIT ISC" },
    { name: "b.example/y", version: "v2.0.0", licence: undefined },
  ]);
});
