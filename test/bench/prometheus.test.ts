import { describe, expect, it } from "vitest";
import { parseMetrics, sumOf } from "./prometheus.ts";

describe("metrics", () => {
  it("skip comments and what is no sample", () => {
    expect(parseMetrics("# HELP a 1\n# TYPE a counter\n\nnonsense\n")).toEqual([]);
  });

  it("may have labels with every character", () => {
    expect(parseMetrics(String.raw`a{x="}\"\\\n,y=\"1\"",z=""} 3`)).toEqual([
      { name: "a", labels: { x: '}"\\\n,y="1"', z: "" }, value: 3 },
    ]);
  });

  it("may have exponents, infinities, and times", () => {
    expect(
      parseMetrics("a 1e+06\nb +Inf\nc -Inf\nd 4 1700000000000\ne NaN").map(({ value }) => value),
    ).toEqual([1e6, Infinity, -Infinity, 4, Number.NaN]);
  });

  it("are summed over the labels that aren't asked for", () => {
    const samples = parseMetrics(
      'a{verb="PUT",code="200"} 1\na{verb="PUT",code="409"} 2\na{verb="GET"} 4\nab{verb="PUT"} 8',
    );
    expect(sumOf(samples, "a", { verb: "PUT" })).toBe(3);
    expect(sumOf(samples, "a")).toBe(7);
    expect(sumOf(samples, "c")).toBe(0);
  });
});
