import { parseMetrics } from "./prometheus.ts";

/** Writes that an API server has served, by `VERB resource/subresource`. */
export type Writes = ReadonlyMap<string, number>;

const WRITES = new Set(["POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"]);

/** The writes in an API server's metrics: failed ones count, too, as they cost as much. */
export function countWrites(metrics: string): Writes {
  const writes = new Map<string, number>();
  for (const { name, labels, value } of parseMetrics(metrics)) {
    if (name !== "apiserver_request_total" || !WRITES.has(labels["verb"] ?? "")) continue;
    const { verb, resource, subresource } = labels;
    const key = `${verb} ${resource}${subresource ? `/${subresource}` : ""}`;
    writes.set(key, (writes.get(key) ?? 0) + value);
  }
  return writes;
}

/** What came between two counts. */
export function writesBetween(before: Writes, after: Writes): Writes {
  const between = [...after].map(([key, count]) => [key, count - (before.get(key) ?? 0)] as const);
  return new Map(between.filter(([, count]) => count > 0).toSorted(([, a], [, b]) => b - a));
}

/** What isn't the cost of an object: the election's beat, and the story told to people. */
export const isAside = (key: string): boolean => / (leases|events)$/.test(key);

/** The sum of the writes that are the cost of objects. */
export const sumOfWrites = (writes: Writes): number =>
  [...writes].filter(([key]) => !isAside(key)).reduce((sum, [, count]) => sum + count, 0);

/** One line for people, each count divided: `2 APPLY containervms/status, …`. */
export const describeWrites = (writes: Writes, by = 1): string =>
  [...writes].map(([key, count]) => `${Number((count / by).toFixed(2))} ${key}`).join(", ");
