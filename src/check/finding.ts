/**
 * What a finding means. `foreign` and `unknown` are told only to those who ask: the first are others' things, of the second nobody can say whose
 * they are.
 */
export type Severity =
  | "leaked"
  | "missing"
  | "doubled"
  | "stuck"
  | "unseen"
  | "foreign"
  | "unknown";

/** Something that isn't as it should be. */
export interface Finding {
  readonly severity: Severity;
  /** A word for programs, in the way of a condition's reason. */
  readonly code: string;
  readonly where: string;
  readonly what: string;
  readonly todo: string;
}

/** What is another installation's, and none of our business. */
export const ofOthers = (where: string, what: string): Finding => ({
  severity: "foreign",
  code: "OtherInstallation",
  where,
  what,
  todo: "Nothing.",
});

/** Whether a finding is a fault, and not just something to know. */
export const isFault = ({ severity }: Finding): boolean =>
  severity !== "foreign" && severity !== "unknown";
