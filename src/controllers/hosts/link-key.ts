import type { Secret } from "../../kube/core-kinds.ts";

/** How many random bytes the link Secret of a host holds. */
export const LINK_KEY_BYTES = 32;

/** The bytes from which the keys of a host's links are derived; undefined where the Secret holds none. */
export function linkKeyOf(secret: Secret | undefined): Uint8Array | undefined {
  const key = Buffer.from(secret?.data?.["key"] ?? "", "base64");
  return key.length >= LINK_KEY_BYTES ? key : undefined;
}
