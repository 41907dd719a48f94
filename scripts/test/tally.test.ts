import { describe, expect, test } from "vitest";
import { GoTestCounter, type GoEvent } from "./go.ts";
import { readVitestReport } from "./vitest.ts";

describe("the sum of vitest", () => {
  const report = {
    success: true,
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
  };

  test("counts a file that broke before its first test", () => {
    const broken = { ...report, testResults: [{ status: "failed", assertionResults: [] }] };
    expect(readVitestReport(JSON.stringify(broken), false)).toMatchObject({ passed: 3, failed: 1 });
  });

  test("counts a file whose hook failed, with its tests as skipped", () => {
    const skipped = { status: "failed", assertionResults: [{ status: "skipped" }] };
    const failed = { status: "failed", assertionResults: [{ status: "failed" }] };
    const mixed = { ...report, numFailedTests: 1, testResults: [skipped, failed] };
    expect(readVitestReport(JSON.stringify(mixed), false).failed).toBe(2);
  });

  test("counts an error outside any test", () => {
    expect(readVitestReport(JSON.stringify(report), false).failed).toBe(1);
  });

  test("counts a run that left no report", () => {
    expect(readVitestReport(undefined, false)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test("counts what passed and what was skipped", () => {
    const tally = { passed: 3, failed: 0, skipped: 2 };
    expect(readVitestReport(JSON.stringify(report), true)).toEqual(tally);
  });
});

describe("the sum of go test", () => {
  const count = (...events: GoEvent[]): { failed: number; passed: number; text: string } => {
    const counter = new GoTestCounter();
    const text = events.map((event) => counter.take(event)).join("");
    return { ...counter.tally, text };
  };

  test("counts a failed test once, and shows what it printed", () => {
    const { failed, text } = count(
      { Action: "output", Package: "p", Test: "T", Output: "got 1\n" },
      { Action: "fail", Package: "p", Test: "T" },
      { Action: "fail", Package: "p" },
    );
    expect(failed).toBe(1);
    expect(text).toContain("got 1");
  });

  test("shows what a test printed that never ended", () => {
    const { failed, text } = count(
      { Action: "output", Package: "p", Test: "T", Output: "panic: test timed out\n" },
      { Action: "output", Package: "p/q", Test: "T", Output: "elsewhere\n" },
      { Action: "fail", Package: "p" },
    );
    expect(failed).toBe(1);
    expect(text).toBe("panic: test timed out\nFAIL p\n");
  });

  test("counts a package that doesn't build", () => {
    const { failed, text } = count(
      { Action: "output", Package: "p", Output: "undefined: x\n" },
      { Action: "fail", Package: "p" },
    );
    expect(failed).toBe(1);
    expect(text).toContain("undefined: x");
  });

  test("counts what passed, and stays silent about it", () => {
    const { passed, failed, text } = count(
      { Action: "output", Package: "p", Test: "T", Output: "noise\n" },
      { Action: "pass", Package: "p", Test: "T" },
      { Action: "pass", Package: "p" },
    );
    expect({ passed, failed }).toEqual({ passed: 1, failed: 0 });
    expect(text).not.toContain("noise");
  });
});
