import { expect, test } from "vitest";
import { sweptInMs } from "./sweeping.ts";

const GRACE_MS = 60_000;
const createdAt = "2026-11-23T10:00:00Z";
/** So many seconds after it was made, seen for so many. */
const after = (ageS: number, seenS: number): number =>
  sweptInMs(
    { createdAt, seenForMs: seenS * 1000, nowMs: Date.parse(createdAt) + ageS * 1000 },
    GRACE_MS,
  );

test.each([
  ["one that was made just now has all its time", 0, 0, 60],
  ["one that was made in the last moment of its second has, too", 60, 50, 1],
  ["an operator that comes later doesn't begin anew", 41, 0, 20],
  ["one that is old is looked at for a moment all the same", 500, 0, 5],
  ["one that is old and was looked at goes", 500, 5, 0],
  ["one of the future, as clocks have it, goes when it was seen for long enough", -500, 60, 0],
  ["one of the future isn't waited for any longer", -500, 20, 40],
])("%s", (_, ageS, seenS, leftS) => {
  expect(after(ageS, seenS)).toBeCloseTo(leftS * 1000);
});
