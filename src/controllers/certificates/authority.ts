import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import type { SecretData } from "./secret-data.ts";
import { formatCertificates, isRoot, notAfterOf, readCertificates } from "./pem.ts";

/** A certificate authority, as a Secret holds it. */
export interface Authority {
  /** What it was read from. */
  readonly data: SecretData;
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  /** What stands behind the certificates that it signs, PEM: the way to an authority that is trusted already. */
  readonly chain: string;
  /** All that is trusted with it, PEM: itself, and those that it follows. */
  readonly trusted: string;
  readonly notAfterMs: number;
}

/**
 * Reads a certificate authority: `tls.crt` begins with the certificate that signs, `tls.key` is its key, and `ca.crt`, where it is there, holds what is
 * trusted beside it. Pure. What can't be used is said in words.
 */
export function readAuthority(data: SecretData, nowMs: number): Authority | string {
  const certificates = readCertificates(data["tls.crt"] ?? "");
  const [certificate] = certificates ?? [];
  if (!certificates || !certificate) return "tls.crt holds no certificate";
  const key = readKey(data["tls.key"] ?? "");
  if (!key) return "tls.key holds no private key";
  if (!certificate.checkPrivateKey(key)) return "tls.key isn't the key of tls.crt";
  if (!certificate.ca) return "tls.crt isn't the certificate of an authority";
  const notAfterMs = notAfterOf(certificate);
  if (notAfterMs <= nowMs) return "tls.crt has expired";
  const others = readCertificates(data["ca.crt"] ?? "") ?? [];
  const roots = [...certificates.filter((each) => isRoot(each)), ...others];
  const trusted = (roots.length > 0 ? roots : [certificate]).filter(
    (each) => notAfterOf(each) > nowMs,
  );
  return {
    data,
    certificate,
    key,
    chain: formatCertificates(
      certificates.filter((each) => !isRoot(each) && notAfterOf(each) > nowMs),
    ),
    trusted: formatCertificates(trusted),
    notAfterMs,
  };
}

/** A private key from its PEM; undefined where it is none. */
export function readKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}
