import { randomBytes, type webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Authority } from "./authority.ts";
import { certificateText, type LeafRequest } from "./leaf.ts";
import { BACKDATED_MS, LIFETIMES } from "./lifetime.ts";
import { formatCertificates } from "./pem.ts";
import type { SecretData } from "./secret-data.ts";

const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
/** X.520's bound on common names, in characters. */
const MAX_COMMON_NAME = 64;

/** Loaded when there is something to issue, which is rare. */
async function library() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/**
 * Makes a certificate authority, as its Secret holds it. One that follows another is also signed by that one, and trusts it on: whoever knows
 * either of them accepts what either has signed, until the former expires.
 */
export async function issueAuthority(
  commonName: string,
  nowMs: number,
  former?: Authority,
): Promise<SecretData> {
  const x509 = await library();
  const keys = await newKeys();
  const usage = new x509.KeyUsagesExtension(
    x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
    true,
  );
  const identifier = await x509.SubjectKeyIdentifierExtension.create(keys.publicKey);
  // Two authorities of one name would be told apart by their keys alone, and not by all.
  const name = [{ O: ["vic.dev"] }, { CN: [withSerial(commonName)] }];
  const extensions = [new x509.BasicConstraintsExtension(true, undefined, true), usage, identifier];
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    notBefore: new Date(nowMs - BACKDATED_MS),
    notAfter: new Date(nowMs + LIFETIMES.authority),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions,
  });
  const certificates = [new X509Certificate(root.toString("pem"))];
  if (former) {
    const cross = await sign(former, {
      subject: root.subjectName,
      publicKey: keys.publicKey,
      notBefore: new Date(nowMs - BACKDATED_MS),
      notAfter: new Date(former.notAfterMs),
      extensions,
    });
    certificates.push(new X509Certificate(cross));
  }
  const own = formatCertificates(certificates.slice(0, 1));
  return {
    "tls.crt": formatCertificates(certificates) + (former?.chain ?? ""),
    "tls.key": await privateKeyText(keys),
    "ca.crt": own + (former?.trusted ?? ""),
  };
}

/** Makes a key and its certificate, with `ca.crt`, all that its owner shall trust. */
export async function issueLeaf(
  authority: Authority,
  request: LeafRequest,
  nowMs: number,
): Promise<SecretData> {
  const x509 = await library();
  const keys = await newKeys();
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const text = await sign(authority, {
    subject: [{ O: ["vic.dev"] }, { CN: [request.commonName.slice(0, MAX_COMMON_NAME)] }],
    publicKey: keys.publicKey,
    notBefore: new Date(nowMs - BACKDATED_MS),
    notAfter: new Date(Math.min(nowMs + request.lifetimeMs, authority.notAfterMs)),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(
        request.usages.map((usage) => (usage === "server" ? serverAuth : clientAuth)),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(request.names.length > 0
        ? [
            new x509.SubjectAlternativeNameExtension(
              request.names.map((value) => ({ type: isIP(value) ? "ip" : "dns", value })),
            ),
          ]
        : []),
    ],
  });
  return {
    "tls.crt": certificateText(text, authority),
    "tls.key": await privateKeyText(keys),
    "ca.crt": authority.trusted,
  };
}

type Library = typeof import("@peculiar/x509");
type ToSign = Pick<
  Parameters<Library["X509CertificateGenerator"]["create"]>[0],
  "subject" | "notBefore" | "notAfter" | "extensions"
> & { readonly publicKey: webcrypto.CryptoKey };

/** Signs with an authority's key, which somebody else may have made: of any kind that X.509 knows. PEM. */
async function sign(authority: Authority, what: ToSign): Promise<string> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(authority.certificate.raw);
  const identifier = issuer.getExtension(x509.SubjectKeyIdentifierExtension);
  const { algorithm, signature } = algorithmsOf(authority);
  const certificate = await x509.X509CertificateGenerator.create({
    ...what,
    serialNumber: serialNumber(),
    issuer: issuer.subjectName,
    signingKey: authority.key.toCryptoKey(algorithm, false, ["sign"]),
    signingAlgorithm: signature,
    extensions: [
      ...(what.extensions ?? []),
      ...(identifier ? [new x509.AuthorityKeyIdentifierExtension(identifier.keyId)] : []),
    ],
  });
  return certificate.toString("pem");
}

function algorithmsOf({ key: { asymmetricKeyType, asymmetricKeyDetails } }: Authority) {
  const curves: Record<string, string> = { secp384r1: "P-384", secp521r1: "P-521" };
  switch (asymmetricKeyType) {
    case "rsa": {
      const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
      return { algorithm: rsa, signature: rsa };
    }
    case "ed25519":
      return { algorithm: { name: "Ed25519" }, signature: { name: "Ed25519" } };
    default: {
      const namedCurve = curves[asymmetricKeyDetails?.namedCurve ?? ""] ?? KEY_ALGORITHM.namedCurve;
      return { algorithm: { name: "ECDSA", namedCurve }, signature: SIGNATURE };
    }
  }
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);

async function privateKeyText({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n");
}

/** Positive, as RFC 5280 demands, and never the same. */
const serialNumber = (): string => `01${randomBytes(15).toString("hex")}`;

const withSerial = (name: string): string =>
  `${name.slice(0, MAX_COMMON_NAME - 9)} ${randomBytes(4).toString("hex")}`;
