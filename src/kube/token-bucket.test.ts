import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

test("a budget is used up at once, then grows one by one to no more than it was", () => {
  const bucket = new TokenBucket(2, 1_000);
  const takes = [0, 0, 0, 999, 1_000, 1_000, 60_000, 60_000, 60_000];
  expect(takes.map((nowMs) => bucket.take(nowMs))).toEqual([
    true,
    true,
    false,
    false,
    true,
    false,
    true,
    true,
    false,
  ]);
});
