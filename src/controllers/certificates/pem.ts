import { X509Certificate } from "node:crypto";

/** The certificates in a text, in their order; undefined where it holds none, or one that can't be read. */
export function readCertificates(text: string): readonly X509Certificate[] | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    const found = blocks.map((block) => new X509Certificate(block));
    return found.length > 0 ? found : undefined;
  } catch {
    return undefined;
  }
}

/** A bundle: each certificate once. */
export const formatCertificates = (certificates: readonly X509Certificate[]): string =>
  [...new Set(certificates.map((each) => pemOf(each)))].join("");

const pemOf = (certificate: X509Certificate): string => `${certificate.toString().trim()}\n`;

/** The second from which it is valid, milliseconds since 1970. */
export const notBeforeOf = ({ validFrom }: X509Certificate): number => Date.parse(validFrom);

/** The second at which it is no longer valid, milliseconds since 1970. */
export const notAfterOf = ({ validTo }: X509Certificate): number => Date.parse(validTo);

/** Whether its key has signed itself: the end of a chain. */
export const isRoot = (certificate: X509Certificate): boolean =>
  certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
