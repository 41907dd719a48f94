import { nothing, type Tally } from "./tally.ts";

/** The part of vitest's JSON report that is read (Jest's format). */
interface Report {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

/**
 * Counts the tests of a run. A file that fails outside its tests (while it is loaded, or in a hook), an error outside any
 * file, and a run without report count as one failure each: nothing that went wrong may be missing from the sum.
 */
export function readVitestReport(text: string | undefined, succeeded: boolean): Tally {
  if (text === undefined) return { ...nothing, failed: 1 };
  const report = JSON.parse(text) as Report;
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = report.numFailedTests + broken;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !succeeded ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
