// Amounts as people read them in events.

const UNITS = ["B", "KiB", "MiB", "GiB"] as const;

/** Bytes in the largest unit that leaves a number above one, with at most one decimal. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${UNITS[power]}`;
}

/** A number of things, with the noun in its right form. */
export const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? "" : "s"}`;
