import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { Login, LoginProblem } from "../../api/vsphere-login.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import { explainVSphere } from "../failures/vsphere-failure.ts";
import { condition } from "../reporting/condition.ts";
import { InvalidLoginError, type VSphereError } from "../../vsphere/index.ts";

/** What to do about the connection, given the one that stands. */
export type ConnectionStep = "connect" | "reconnect" | "replaceCredentials" | "keep";

/** Decides how to get from the connection that stands to the one that is wanted. */
export function planConnection(current: Login | undefined, wanted: Login): ConnectionStep {
  if (!current) return "connect";
  if (
    current.url !== wanted.url ||
    current.thumbprint !== wanted.thumbprint ||
    current.caBundle !== wanted.caBundle
  ) {
    return "reconnect";
  }
  return current.username === wanted.username && current.password === wanted.password
    ? "keep"
    : "replaceCredentials";
}

/** Reachable and Authenticated, from the error that the connection ended with; without one, both hold. */
export function connectionConditions(error: Error | undefined, version: string): ConditionInput[] {
  if (!error) {
    return [
      condition(CONDITIONS.Reachable, "True", REASONS.Available, `${version} answers`),
      condition(
        CONDITIONS.Authenticated,
        "True",
        REASONS.Available,
        "The credentials are accepted",
      ),
    ];
  }
  const { reason, message } = explainVSphere(error) ?? {
    reason: REASONS.InternalError,
    message: error.message,
  };
  if (error instanceof InvalidLoginError) {
    return [
      condition(CONDITIONS.Reachable, "True", REASONS.Available, "The server answers"),
      condition(CONDITIONS.Authenticated, "False", reason, message),
    ];
  }
  return [
    condition(CONDITIONS.Reachable, "False", reason, message),
    condition(
      CONDITIONS.Authenticated,
      "Unknown",
      reason,
      "Nobody could log in to a server that isn't reached",
    ),
  ];
}

/** Conditions where there is nothing to log in with. */
export const loginProblemConditions = ({ reason, message }: LoginProblem): ConditionInput[] => [
  condition(CONDITIONS.Reachable, "Unknown", reason, "It wasn't tried without credentials"),
  condition(CONDITIONS.Authenticated, "False", reason, message),
];

const LOGIN_RETRY_MS = 5 * 60_000;
const MAX_RETRY_MS = 30_000;

/**
 * Milliseconds until the server is tried again after so many failures in a row. Refused
 * credentials are tried rarely: vCenter locks an account after five failures in three minutes
 * (vSphere Security, "Edit the vCenter Single Sign-On Lockout Policy").
 */
export function retryDelayMs(error: VSphereError | Error, failures: number): number {
  if (error instanceof InvalidLoginError) return LOGIN_RETRY_MS;
  return Math.min(MAX_RETRY_MS, 1000 * 2 ** Math.min(failures - 1, 10));
}
