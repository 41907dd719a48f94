import { checkServerIdentity, type PeerCertificate } from "node:tls";

/** The roles of an installation, as they stand in certificates. */
export const ROLE_NAMES = { console: "vic-console", gateway: "vic-gateway" } as const;

export type Role = keyof typeof ROLE_NAMES;

/** Whose certificate this is; undefined: of nobody who has business here. TLS has checked its authority and dates. */
export function roleOf(certificate: PeerCertificate | undefined): Role | undefined {
  // `{}` is what a socket without a certificate has.
  if (certificate?.subjectaltname === undefined) return undefined;
  const roles = Object.keys(ROLE_NAMES) as Role[];
  return roles.find((role) => checkServerIdentity(ROLE_NAMES[role], certificate) === undefined);
}
