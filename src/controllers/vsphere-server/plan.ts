import { CONDITIONS, type ConditionType, type Reason, REASONS } from "../../api/conditions.ts";
import type { VSphereServerSpec } from "../../api/vsphereserver.gen.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import { explainVSphere } from "../failures/vsphere-failure.ts";
import { InvalidLoginError, type VSphereError } from "../../vsphere/index.ts";

/** What a connection was made with. The password stands nowhere else. */
export interface Login {
  readonly url: string;
  readonly thumbprint?: string;
  readonly caBundle?: string;
  readonly username: string;
  readonly password: string;
}

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

/** Why no login could be made of spec and Secret. */
export interface LoginProblem {
  readonly reason: typeof REASONS.CredentialsMissing;
  readonly message: string;
}

/** The login that a spec and the data of its Secret (base64) ask for. */
export function readLogin(
  spec: Pick<VSphereServerSpec, "url" | "thumbprint" | "caBundle" | "credentialsSecretRef">,
  data: Readonly<Record<string, string>> | undefined,
): Login | LoginProblem {
  const name = spec.credentialsSecretRef.name;
  if (!data) {
    return {
      reason: REASONS.CredentialsMissing,
      message: `Secret "${name}" doesn't exist: create it with the keys username and password.`,
    };
  }
  const missing = ["username", "password"].filter((key) => !data[key]);
  if (missing.length > 0) {
    return {
      reason: REASONS.CredentialsMissing,
      message: `Secret "${name}" has no ${missing.join(" and no ")}: add what is missing.`,
    };
  }
  const decode = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString("utf8");
  return {
    url: spec.url,
    ...(spec.thumbprint === undefined ? {} : { thumbprint: spec.thumbprint }),
    ...(spec.caBundle === undefined ? {} : { caBundle: spec.caBundle }),
    username: decode("username"),
    // A Secret made with `echo` ends in a line break, which no password does.
    password: decode("password").replace(/\r?\n$/, ""),
  };
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

const condition = (
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
