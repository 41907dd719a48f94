import type { ConditionType, Reason } from "../../api/conditions.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";

/** What a controller says of one aspect, with a type and a reason that the API knows. */
export const condition = (
  type: ConditionType,
  status: ConditionInput["status"],
  reason: Reason,
  message: string,
): ConditionInput => ({
  type,
  status,
  reason,
  message,
});
