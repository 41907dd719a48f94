import { expect, test } from "vitest";
import { referencePattern } from "./reference-pattern.ts";

test.each(["[", "[]", "a[", "a\\", "[z-a]", "x".repeat(513)])("%j is no pattern", (pattern) => {
  expect(() => referencePattern(pattern)).toThrow("syntax error in pattern");
});

test.each([
  ["busybox", "busybox:latest", true],
  ["busybox:latest", "busybox:latest", true],
  ["busybox:1", "busybox:latest", false],
  ["busy*", "busybox:latest", true],
  ["*box", "busybox:latest", true],
  ["*", "library/busybox:latest", false],
  ["*/*", "library/busybox:latest", true],
  ["b?sybox", "busybox:latest", true],
  ["b[a-z]sybox", "busybox:latest", true],
  ["b[^a-z]sybox", "busybox:latest", false],
  ["b.sybox", "busybox:latest", false],
  ["busybox", "localhost:5000/busybox:latest", false],
  ["localhost:5000/busybox", "localhost:5000/busybox:1", true],
  ["busybox", `busybox@sha256:${"0".repeat(64)}`, true],
])("%s and %s: %s", (pattern, name, matches) => {
  expect(referencePattern(pattern)(name)).toBe(matches);
});
