import { describe, expect, it } from "vitest";
import { describeSpread, median, percentile95 } from "./statistics.ts";

describe("the median", () => {
  it("of nothing isn't a number", () => expect(median([])).toBeNaN());
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[100, 9], 54.5],
  ])("of %j is %d", (values, expected) => expect(median(values)).toBe(expected));
});

it("a spread has extremes and the number of values", () => {
  expect(describeSpread([10.4, 30, 20], "ms")).toBe("20 ms (10 to 30, n=3)");
});

it("95 of 100 don't exceed the percentile, and nothing has none", () => {
  expect(percentile95(Array.from({ length: 100 }, (_, index) => 100 - index))).toBe(95);
  expect(percentile95([7])).toBe(7);
  expect(percentile95([])).toBeNaN();
});
