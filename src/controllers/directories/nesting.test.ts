import { expect, test } from "vitest";
import { nestedIn, type PathClaim } from "./nesting.ts";

const claim = (uid: string, path: string, more: Partial<PathClaim> = {}): PathClaim => ({
  owner: `VolumeStore team-a/${uid}`,
  uid,
  kind: "VolumeStore",
  server: "vic-system/dc",
  datastore: "ssd-1",
  path,
  createdAt: `2026-01-01T00:00:0${uid}Z`,
  ...more,
});

test.each([
  ["the same path", "a/b", "a/b"],
  ["a path within the other", "a/b", "a/b/c"],
  ["a path around the other", "a/b", "a"],
  ["the datastore's root", "a", ""],
])("%s is refused to the younger claim and stays with the elder", (_, elder, younger) => {
  const first = claim("1", elder);
  const second = claim("2", younger);
  expect(nestedIn(second, [first, second])).toBe(first);
  expect(nestedIn(first, [first, second])).toBeUndefined();
});

test("of two claims of one second exactly one wins", () => {
  const a = claim("1", "x", { createdAt: "2026-01-01T00:00:00Z" });
  const b = claim("2", "x", { createdAt: "2026-01-01T00:00:00Z" });
  expect([nestedIn(a, [b]), nestedIn(b, [a])]).toEqual([undefined, a]);
});

test.each([
  ["a sibling", claim("1", "a/bc")],
  ["another datastore", claim("1", "a/b", { datastore: "ssd-2" })],
  ["another server", claim("1", "a/b", { server: "vic-system/west" })],
])("%s is no clash", (_, other) => {
  expect(nestedIn(claim("2", "a/b"), [other])).toBeUndefined();
});
