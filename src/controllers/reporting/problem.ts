import type { Reason } from "../../api/conditions.ts";

/** Why a resource can't be made real now, and what a person should do. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
}

/** Whether what was looked for turned out to be in a person's way. */
export const isProblem = (value: object): value is Problem =>
  "reason" in value && "message" in value;
