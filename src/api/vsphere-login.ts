import { REASONS } from "./conditions.ts";
import type { VSphereServerSpec } from "./vsphereserver.gen.ts";

/** What a connection was made with. The password stands nowhere else. */
export interface Login {
  readonly url: string;
  readonly thumbprint?: string;
  readonly caBundle?: string;
  readonly username: string;
  readonly password: string;
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
