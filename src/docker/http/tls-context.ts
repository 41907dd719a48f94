import { createSecureContext, type SecureContext } from "node:tls";
import { constants, X509Certificate } from "node:crypto";
import type { Secret } from "../../kube/core-kinds.ts";

/** What a host's listener needs of its Secret. */
export interface HostTls {
  /** The certificate shown, PEM. */
  readonly cert: string;
  readonly key: string;
  /** The authorities of clients, PEM. */
  readonly ca: string;
}

/** @throws Error naming what is missing or malformed */
export function readHostTls({ data = {}, metadata }: Secret): HostTls {
  const read = (key: string): string => {
    const text = Buffer.from(data[key] ?? "", "base64").toString("utf8");
    if (text === "") throw new Error(`Secret ${metadata?.name}: ${key} is missing`);
    return text;
  };
  return { cert: read("tls.crt"), key: read("tls.key"), ca: read("ca.crt") };
}

/**
 * What every context has. No resumption: a session of one host must never count for another, and Docker's clients don't
 * keep sessions anyway.
 */
export const tlsSettings = {
  minVersion: "TLSv1.2",
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/** What connections to a host are served with. */
export const toSecureContext = (tls: HostTls): SecureContext =>
  createSecureContext({ ...tls, ...tlsSettings });

/** The certificates of a PEM bundle. */
export const authorities = ({ ca }: HostTls): readonly X509Certificate[] =>
  (ca.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
