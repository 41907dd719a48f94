import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The type of each field, by path. */
export type Shape = Readonly<Record<string, string>>;

type Answer = "inspect" | "inspectCreated" | "summary" | "network" | "version" | "info";

/** What dockerd 28.5 (API 1.51) answers, recorded from one that ran beside. */
export const dockerdShapes = JSON.parse(
  readFileSync(join(import.meta.dirname, "dockerd-shapes.json"), "utf8"),
) as Readonly<Record<Answer, Shape>>;

const typeOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

/** Of a JSON document; of a list, that of its first entry. */
export function shapeOf(value: unknown, path = ""): Shape {
  if (typeof value !== "object" || value === null) return {};
  if (Array.isArray(value)) return shapeOf(value[0], `${path.slice(0, -1)}[].`);
  const entries = Object.entries(value).flatMap(([key, each]) => [
    [`${path}${key}`, typeOf(each)] as const,
    ...Object.entries(shapeOf(each, `${path}${key}.`)),
  ]);
  return Object.fromEntries(entries);
}

/** A shape without the fields whose paths begin so. */
export const without = (shape: Shape, ...prefixes: readonly string[]): Shape =>
  Object.fromEntries(
    Object.entries(shape).filter(([path]) => !prefixes.some((prefix) => path.startsWith(prefix))),
  );
