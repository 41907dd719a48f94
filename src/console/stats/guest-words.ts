// What guests say of themselves, which nobody has checked: bounded, and without what could harm a terminal.

type Word = Readonly<Record<string, unknown>>;

/** Strings are as long as `/proc` shows them at most. */
const MAX_TEXT = 4096;
const MAX_ENTRIES = 256;

/** An object's properties; none where it is anything else. */
export const fields = (value: unknown): Word =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Word) : {};

/** A number that can be counted with; 0 where it is anything else. */
export const count = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0;

/** A whole number, which may be negative. */
export const integer = (value: unknown): number =>
  Number.isSafeInteger(value) ? (value as number) : 0;

/** Without control, format and line-separating characters; empty where it is no string. */
export const text = (value: unknown, max = MAX_TEXT): string =>
  typeof value === "string"
    ? value
        .slice(0, max)
        .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?")
        .toWellFormed()
    : "";

/** At most so many of a list's items. */
export const items = (value: unknown, max: number): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]).slice(0, max) : [];

/** Names with what is read of each; a guest can't name more than a few hundred. */
export function named<T>(value: unknown, read: (value: unknown) => T): Record<string, T> {
  const entries = Object.entries(fields(value)).slice(0, MAX_ENTRIES);
  return Object.fromEntries(entries.map(([name, each]) => [text(name, 64), read(each)]));
}
