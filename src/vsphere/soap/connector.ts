import { createHash, type X509Certificate } from "node:crypto";
import { createSecureContext, type TLSSocket } from "node:tls";
import { buildConnector } from "undici";
import { UntrustedCertificateError, WrongThumbprintError } from "../model/errors.ts";

/** How a server's certificate is judged: by thumbprint, by a CA bundle, or (neither) by the system's authorities. */
export interface Trust {
  thumbprint?: string | undefined;
  ca?: string | undefined;
}

const hex = (thumbprint: string): string => thumbprint.replaceAll(":", "").toLowerCase();

function colons(digest: string): string {
  return digest.toUpperCase().match(/../g)!.join(":");
}

/** Whether the certificate has this thumbprint, SHA-256 (64 hex digits) or SHA-1 (40). */
export function hasThumbprint(certificate: X509Certificate, thumbprint: string): boolean {
  const wanted = hex(thumbprint);
  const algorithm = wanted.length === 40 ? "sha1" : "sha256";
  return createHash(algorithm).update(certificate.raw).digest("hex") === wanted;
}

/** Thumbprint as people compare it, SHA-256, or SHA-1 if that is what they configured. */
function thumbprintLike(certificate: X509Certificate, expected: string | undefined): string {
  const algorithm = expected !== undefined && hex(expected).length === 40 ? "sha1" : "sha256";
  return colons(createHash(algorithm).update(certificate.raw).digest("hex"));
}

/**
 * Connects, and judges the certificate before the first byte of a request goes out: Node itself would refuse without
 * telling which certificate it saw. Resumed TLS sessions show none, so there are none.
 */
export function trustConnector(trust: Trust, timeoutMs: number): buildConnector.connector {
  let connect: buildConnector.connector | undefined;
  return (options, callback) => {
    try {
      connect ??= buildConnector({
        // One for all connections: reading authorities costs more than the rest of connecting.
        secureContext: createSecureContext({ ca: trust.ca }),
        rejectUnauthorized: false,
        maxCachedSessions: 0,
        timeout: timeoutMs,
      });
    } catch (error) {
      return callback(error as Error, null); // authorities that can't be read
    }
    connect(options, (error, socket) => {
      if (error || !socket) return callback(error ?? new Error("no socket"), null);
      const problem = "encrypted" in socket ? judge(socket, trust) : undefined;
      if (!problem) return callback(null, socket);
      socket.destroy();
      callback(problem, null);
    });
  };
}

function judge(socket: TLSSocket, trust: Trust): Error | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate)
    return new UntrustedCertificateError("the server shows no certificate", undefined);
  if (trust.thumbprint !== undefined) {
    if (hasThumbprint(certificate, trust.thumbprint)) return undefined;
    return new WrongThumbprintError(
      trust.thumbprint,
      thumbprintLike(certificate, trust.thumbprint),
    );
  }
  if (socket.authorized) return undefined;
  const reason = String(socket.authorizationError);
  const actual = thumbprintLike(certificate, undefined);
  return new UntrustedCertificateError(
    `the server's certificate isn't trusted (${reason}); its thumbprint is ${actual}`,
    actual,
  );
}
