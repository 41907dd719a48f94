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
    };
    expect(parseGuestReport(JSON.stringify(report))).toEqual(report);
  });
});
