import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_REPORT, parseGuestReport } from "./guest-report.ts";

describe("a guest's report", () => {
  test("that is no JSON object says nothing", () => {
    for (const text of [undefined, "", "{", "null", '"x"', "7", "x".repeat(20_000)]) {
      expect(parseGuestReport(text), text?.slice(0, 20)).toEqual(NO_REPORT);
    }
  });

  test("loses fields of a wrong type and keeps the others", () => {
    const text = JSON.stringify({
      run: "3",
      state: "flying",
      exitCode: -1,
      startedAt: "soon",
      oomKilled: "yes",
      addresses: [1, "10.0.0.1/8"],
      pid: 7,
      macs: { bridge: "x", other: 7 },
    });
    expect(parseGuestReport(text)).toEqual({ run: 0, addresses: ["10.0.0.1/8"], pid: 7 });
  });

  test("carries no line breaks into conditions and events", () => {
    expect(parseGuestReport(JSON.stringify({ message: "a\nb\u001b[1m" })).message).toBe("a b [1m");
  });

  test("of an exit is read whole", () => {
    const report = {
      run: 2,
      state: "exited",
      startedAt: "2026-11-22T10:00:00.123456789Z",
      finishedAt: "2026-11-22T10:00:01Z",
      exitCode: 7,
      macs: { bridge: "00:50:56:9a:00:01" },
    };
    expect(parseGuestReport(JSON.stringify(report))).toEqual(report);
  });

  test("of a hostile guest, whatever it is, comes out small and of the right types", () => {
    const known = {
      run: fc.jsonValue(),
      state: fc.jsonValue(),
      pid: fc.jsonValue(),
      exitCode: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
      startedAt: fc.oneof(fc.string(), fc.jsonValue()),
      message: fc.oneof(fc.string({ unit: "binary", maxLength: 5_000 }), fc.jsonValue()),
      hostKey: fc.string({ unit: "binary" }),
      addresses: fc.oneof(fc.array(fc.string({ maxLength: 200 })), fc.jsonValue()),
      ["__proto__"]: fc.jsonValue(),
    };
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.record(known, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const report = parseGuestReport(text);
        expect(Number.isSafeInteger(report.run) && report.run >= 0).toBe(true);
        expect(JSON.stringify(report).length).toBeLessThan(16 * 1024);
        for (const word of [report.message, report.reason, report.hostKey]) {
          expect(["string", "undefined"]).toContain(typeof word);
          expect(word ?? "").not.toMatch(/\p{Cc}/u);
        }
        for (const address of report.addresses ?? []) expect(typeof address).toBe("string");
        expect(Object.getPrototypeOf(report)).toBe(Object.prototype);
      }),
      { numRuns: 500 },
    );
  });
});
