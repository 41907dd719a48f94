import { isIP, isIPv6, SocketAddress } from "node:net";
import { type Authority, readKey } from "./authority.ts";
import { renewalOf } from "./lifetime.ts";
import { notAfterOf, readCertificates } from "./pem.ts";
import type { SecretData } from "./secret-data.ts";

/** A certificate that is wanted. */
export interface LeafRequest {
  /** For people; nothing compares it. */
  readonly commonName: string;
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  readonly usages: readonly ("server" | "client")[];
  readonly lifetimeMs: number;
}

/** What of a Secret with a certificate is still as it should be. */
export interface LeafState {
  /** Otherwise a new certificate is needed. */
  readonly isGood: boolean;
  /** Otherwise `ca.crt` has to be written again. */
  readonly isTrustGood: boolean;
  /** When it has to be looked at again; undefined: the authority has to be renewed before. */
  readonly renewAtMs: number | undefined;
  readonly notAfterMs: number;
}

/** Compares a certificate with what is wanted of it. Pure. */
export function inspectLeaf(
  data: SecretData,
  request: LeafRequest,
  authority: Authority,
  nowMs: number,
): LeafState {
  const [certificate] = readCertificates(data["tls.crt"] ?? "") ?? [];
  const key = readKey(data["tls.key"] ?? "");
  if (!certificate || !key) return ABSENT;
  const notAfterMs = notAfterOf(certificate);
  // Nothing outlives its authority: to renew what ends with it wouldn't help.
  const renewAtMs = notAfterMs < authority.notAfterMs ? renewalOf(certificate) : undefined;
  const isSigned =
    certificate.checkIssued(authority.certificate) &&
    certificate.verify(authority.certificate.publicKey);
  const isGood =
    isSigned &&
    certificate.checkPrivateKey(key) &&
    data["tls.crt"] === certificateText(certificate.toString(), authority) &&
    sameNames(certificate.subjectAltName, request.names) &&
    notAfterMs > nowMs &&
    (renewAtMs === undefined || renewAtMs > nowMs);
  return { isGood, isTrustGood: data["ca.crt"] === authority.trusted, renewAtMs, notAfterMs };
}

const ABSENT: LeafState = {
  isGood: false,
  isTrustGood: false,
  renewAtMs: undefined,
  notAfterMs: 0,
};

/** A certificate with what leads from it to an authority. */
export const certificateText = (certificate: string, { chain }: Authority): string =>
  `${certificate.trim()}\n${chain}`;

function sameNames(subjectAltName: string | undefined, wanted: readonly string[]): boolean {
  const found = (subjectAltName ?? "")
    .split(", ")
    .filter((entry) => entry !== "")
    .map((entry) => canonical(entry.replace(/^(?:DNS|IP Address):/, "")));
  const names = new Set(wanted.map(canonical));
  return found.length === names.size && found.every((name) => names.has(name));
}

/** IPv6 addresses have many spellings. */
function canonical(name: string): string {
  if (isIP(name) === 0) return name.toLowerCase();
  const family = isIPv6(name) ? "ipv6" : "ipv4";
  return new SocketAddress({ address: name, family }).address;
}
