import { isDeepStrictEqual } from "node:util";
import { CONDITIONS } from "../api/conditions.ts";

/** Condition types that the engine itself owns. */
export const engineConditions: readonly string[] = [CONDITIONS.Paused];

/**
 * The status to write, or undefined where the cached one already says all of it. `foreign` fields belong to others and
 * are left out; every other field belongs to the writer, so one that stands there and isn't wanted any more is a difference.
 */
export function planStatusWrite(
  cached: object | undefined,
  wanted: object,
  foreign: readonly string[] = [],
): Readonly<Record<string, unknown>> | undefined {
  const desired = ownStatus(wanted, foreign);
  const current = ownStatus(cached ?? {}, foreign);
  return isDeepStrictEqual(comparable(desired), comparable(current)) ? undefined : desired;
}

function ownStatus(status: object, foreign: readonly string[]): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(withoutAbsent(status) as object)) {
    if (!foreign.includes(name)) own[name] = value;
  }
  if (Array.isArray(own["conditions"])) {
    own["conditions"] = (own["conditions"] as { type: string }[]).filter(
      (condition) => !engineConditions.includes(condition.type),
    );
  }
  return own;
}

/** Conditions are a map by type: their order says nothing. */
function comparable(status: Record<string, unknown>): Record<string, unknown> {
  const conditions = status["conditions"];
  if (!Array.isArray(conditions)) return status;
  const byType = Object.fromEntries(
    (conditions as { type: string }[]).map((condition) => [condition.type, condition]),
  );
  return { ...status, conditions: byType };
}

/** Without undefined and null, which JSON or the server would drop; they would look like differences for ever. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent);
  if (typeof value !== "object" || value === null) return value;
  const present: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) {
    if (child !== undefined && child !== null) present[name] = withoutAbsent(child);
  }
  return present;
}
