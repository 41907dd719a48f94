const typeOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

/** The type of each field of a JSON document, by path; of a list, those of its first entry. */
export function shapeOf(value: unknown, path = ""): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  if (Array.isArray(value)) return shapeOf(value[0], `${path.slice(0, -1)}[].`);
  const entries = Object.entries(value).flatMap(([key, each]) => [
    [`${path}${key}`, typeOf(each)] as const,
    ...Object.entries(shapeOf(each, `${path}${key}.`)),
  ]);
  return Object.fromEntries(entries);
}

/** A shape without the fields whose paths begin so. */
export const without = (
  shape: Readonly<Record<string, string>>,
  ...prefixes: readonly string[]
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(shape).filter(([path]) => !prefixes.some((prefix) => path.startsWith(prefix))),
  );
