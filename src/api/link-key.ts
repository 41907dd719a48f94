import { createPrivateKey, createPublicKey, hkdfSync } from "node:crypto";

const KEY_TYPE = "ssh-ed25519";
/** DER around a raw Ed25519 seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** What the console proves itself with to one guest. */
export interface LinkKey {
  /** `ssh-ed25519 AAAA…`, what the guest's configuration holds. */
  readonly authorizedKey: string;
  /** In OpenSSH's own format, the only one for Ed25519 that the SSH client reads. */
  readonly privateKey: string;
}

/**
 * The console's key for one guest, derived from the VCH's link Secret, so that nobody has to store it and each guest has its own.
 * @param secret the Secret's random bytes, at least 32
 * @param guestId the id in the guest's configuration
 */
export function deriveLinkKey(secret: Uint8Array, guestId: string): LinkKey {
  if (secret.length < 32) throw new RangeError("a link Secret holds at least 32 bytes");
  const seed = Buffer.from(
    hkdfSync("sha256", secret, Buffer.alloc(0), `vic.dev/link/${guestId}`, 32),
  );
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  const blob = Buffer.concat([field(KEY_TYPE), field(publicKey)]);
  return {
    authorizedKey: `${KEY_TYPE} ${blob.toString("base64")}`,
    privateKey: openSshPrivateKey(seed, publicKey, blob),
  };
}

/** OpenSSH's PROTOCOL.key: a clear-text container with one key in it. */
function openSshPrivateKey(seed: Buffer, publicKey: Buffer, publicBlob: Buffer): string {
  const check = Buffer.alloc(8); // two equal numbers, random only where the container is encrypted
  const key = Buffer.concat([
    check,
    field(KEY_TYPE),
    field(publicKey),
    field(Buffer.concat([seed, publicKey])),
    field(""),
  ]);
  const padding = Buffer.from(
    Array.from({ length: (8 - (key.length % 8)) % 8 }, (_, index) => index + 1),
  );
  const none = field("none");
  const count = Buffer.from([0, 0, 0, 1]);
  const magic = Buffer.from("openssh-key-v1\0");
  const body = Buffer.concat([
    magic,
    none,
    none,
    field(""),
    count,
    field(publicBlob),
    field(Buffer.concat([key, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    ...lines,
    "-----END OPENSSH PRIVATE KEY-----",
    "",
  ].join("\n");
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
