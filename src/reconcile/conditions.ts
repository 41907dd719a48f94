import type { Condition } from "../api/condition.ts";

/** What a controller says; times and generations are filled in by {@link setConditions}. */
export type ConditionInput = Pick<Condition, "type" | "status" | "reason" | "message">;

/** Whether a condition is there and True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}

/** The condition of a type; a list has one at most. */
export function findCondition<C extends { readonly type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * Merges what is now true into the conditions that stand in the status: sorted by type, `lastTransitionTime` kept unless
 * `status` changed. Types that are not named in `inputs` are kept as they are; those in `remove` go.
 */
export function setConditions(
  current: readonly Condition[] | undefined,
  inputs: readonly ConditionInput[],
  options: {
    readonly generation: number | undefined;
    readonly now?: Date;
    readonly remove?: readonly string[];
  },
): Condition[] {
  const now = rfc3339Seconds(options.now ?? new Date());
  const merged = new Map<string, Condition>();
  for (const condition of current ?? []) {
    if (!options.remove?.includes(condition.type)) merged.set(condition.type, condition);
  }
  for (const input of inputs) {
    const old = merged.get(input.type);
    merged.set(input.type, {
      type: input.type,
      status: input.status,
      reason: input.reason,
      message: input.message,
      lastTransitionTime: old?.status === input.status ? old.lastTransitionTime : now,
      ...(options.generation === undefined ? {} : { observedGeneration: options.generation }),
    });
  }
  return [...merged.values()].toSorted((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
}

/**
 * Ready as the sum of the conditions it depends on, in order of importance: the first that is False, else the first that
 * is Unknown or missing, gives reason and message; else True with the given reason.
 */
export function summariseReady(
  conditions: readonly ConditionInput[],
  dependsOn: readonly string[],
  ready: { readonly reason: string; readonly message: string },
): ConditionInput {
  const found = dependsOn.map((type) => findCondition(conditions, type) ?? type);
  const failed = found.find((entry) => typeof entry !== "string" && entry.status === "False");
  if (failed !== undefined && typeof failed !== "string") {
    return { type: "Ready", status: "False", reason: failed.reason, message: failed.message };
  }
  for (const entry of found) {
    if (typeof entry === "string") {
      return {
        type: "Ready",
        status: "Unknown",
        reason: "Reconciling",
        message: `${entry} is not known yet`,
      };
    }
    if (entry.status === "Unknown") {
      return { type: "Ready", status: "Unknown", reason: entry.reason, message: entry.message };
    }
  }
  return { type: "Ready", status: "True", ...ready };
}

function rfc3339Seconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
