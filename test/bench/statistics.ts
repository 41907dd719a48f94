/** The middle of the values; NaN where there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = Number.isInteger(middle)
    ? sorted.slice(middle - 1, middle + 1)
    : sorted.slice(Math.floor(middle), Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** The value that 95 of 100 don't exceed; NaN where there are none. */
export function percentile95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Number.NaN;
}

/** Median and extremes in words: `1234 ms (1200 to 1300, n=5)`. */
export function describeSpread(values: readonly number[], unit: string): string {
  const round = (value: number): number => Math.round(value);
  return `${round(median(values))} ${unit} (${round(Math.min(...values))} to ${round(Math.max(...values))}, n=${values.length})`;
}
