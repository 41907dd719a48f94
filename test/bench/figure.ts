/** One measured value, and what it may be. */
export interface Figure {
  /** What is measured, for a person. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The most it may be; without one it is there to explain others. */
  readonly atMost?: number;
  /** What it is made of: spread, parts, list of calls. */
  readonly detail?: string;
}

/** Whether a figure is within its target; one that couldn't be measured isn't. */
export const isMet = ({ value, atMost }: Figure): boolean =>
  atMost === undefined || value <= atMost;

/** The figures as a table for a terminal, details beneath their figure. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${formatNumber(figure.value)} ${figure.unit}`.trimEnd(),
    figure.atMost === undefined ? "" : `≤ ${formatNumber(figure.atMost)} ${figure.unit}`.trimEnd(),
    figure.atMost === undefined ? "" : isMet(figure) ? "met" : "MISSED",
  ]);
  const all = [["figure", "value", "target", ""], ...rows];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join("  ")
      .trimEnd();
  const [header = [], ...body] = all;
  const lines = [line(header)];
  for (const [index, row] of body.entries()) {
    lines.push(line(row));
    for (const part of figures[index]?.detail?.split("\n") ?? []) lines.push(`    ${part}`);
  }
  return lines.join("\n");
}

/** At most three decimals, and none where they say nothing. */
function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "not measured";
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(decimals)));
}
