import type { X509Certificate } from "node:crypto";
import { notAfterOf, notBeforeOf } from "./pem.ts";

const DAY_MS = 86_400_000;

/** How long certificates are valid, milliseconds. */
export const LIFETIMES = {
  authority: 3650 * DAY_MS,
  /** What our own processes, and the gateway for a host, show: nobody copies them. */
  process: 90 * DAY_MS,
  /** What people copy with `vic bundle`, and copy again when it is over. */
  client: 365 * DAY_MS,
} as const;

/** Clocks that are behind ours take a certificate for valid at once, milliseconds. */
export const BACKDATED_MS = 5 * 60_000;

/** When a certificate is renewed, milliseconds since 1970: at two thirds of its life, so that a third is left for all who need the new one. */
export function renewalOf(certificate: X509Certificate): number {
  const begin = notBeforeOf(certificate);
  return begin + ((notAfterOf(certificate) - begin) * 2) / 3;
}
