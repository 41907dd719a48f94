/**
 * Compares resource versions of one kind: decimal numbers without leading zeros that may exceed 2^53.
 * That they are ordered is part of the API since Kubernetes 1.35 (KEP-5504) and has always held for etcd.
 */
export function isAtLeast(version: string, wanted: string): boolean {
  return version.length === wanted.length ? version >= wanted : version.length > wanted.length;
}
