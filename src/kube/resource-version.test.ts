import { expect, test } from "vitest";
import { isAtLeast } from "./resource-version.ts";

test.each([
  ["9", "10", false],
  ["10", "9", true],
  ["10", "10", true],
  ["9007199254740993", "9007199254740992", true],
  ["9007199254740992", "9007199254740993", false],
])("%s is at least %s: %s", (version, wanted, expected) => {
  expect(isAtLeast(version, wanted)).toBe(expected);
});
