import { type Finding, isFault } from "./finding.ts";

/** Findings for people: what, where, what to do. */
export function formatFindings(findings: readonly Finding[]): string {
  const faults = findings.filter(isFault).length;
  const lines = findings.map(
    ({ severity, code, where, what, todo }) =>
      `${severity} ${code}\n  ${where}\n  ${what}\n  → ${todo}\n`,
  );
  const sum =
    faults === 0
      ? "Everything asked for is there once, and nothing besides.\n"
      : `${faults} ${faults === 1 ? "finding" : "findings"}.\n`;
  return [...lines, sum].join("\n");
}
