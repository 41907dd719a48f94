import { describe, expect, it } from "vitest";
import { isMet, renderTable } from "./figure.ts";

describe("a figure", () => {
  it("that couldn't be measured misses its target", () => {
    expect(isMet({ name: "a", value: Number.NaN, unit: "s", atMost: 5 })).toBe(false);
  });

  it("meets its target up to the very value", () => {
    expect(isMet({ name: "a", value: 5.001, unit: "s", atMost: 5 })).toBe(false);
    expect(isMet({ name: "a", value: 5, unit: "s", atMost: 5 })).toBe(true);
  });

  it("without a target can't miss it", () => {
    expect(isMet({ name: "a", value: 1e9, unit: "s" })).toBe(true);
  });
});

describe("the table", () => {
  it("names what is missed, and puts details beneath their figure", () => {
    const table = renderTable([
      { name: "start", value: 1.6234, unit: "×", atMost: 1.5, detail: "two\nlines" },
      { name: "bare", value: 2345.678, unit: "ms" },
      { name: "gone", value: Number.NaN, unit: "s", atMost: 5 },
    ]);
    expect(table.split("\n")).toEqual([
      "figure  value           target",
      "start   1.62 ×          ≤ 1.5 ×  MISSED",
      "    two",
      "    lines",
      "bare    2346 ms",
      "gone    not measured s  ≤ 5 s    MISSED",
    ]);
  });
});
