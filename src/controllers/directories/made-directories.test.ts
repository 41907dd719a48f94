import { expect, test } from "vitest";
import { lineage, madeAlong } from "./made-directories.ts";

test("the line of a path starts below the datastore's root", () => {
  expect(lineage("")).toEqual([]);
  expect(lineage("a/b/c")).toEqual(["a", "a/b", "a/b/c"]);
});

test("a claim remembers what it made and what its neighbours made, on its own line alone", () => {
  const neighbours = [{ made: ["a", "a/x"] }, {}];
  expect(madeAlong("a/b/c", ["a/b/c"], neighbours)).toEqual(["a", "a/b/c"]);
  expect(madeAlong("a/b", [], [])).toEqual([]);
});
