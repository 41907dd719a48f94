import type { Lease } from "./core-kinds.ts";

/** Names the run of the process that holds a Lease, beside its stable identity. */
export const runAnnotation = "vic.dev/holder-run";

/** A Lease as we last saw it change, by our own clock: those of other machines may be wrong. */
export interface Sighting {
  readonly resourceVersion: string;
  readonly atMs: number;
}

export interface Claimant {
  readonly identity: string;
  readonly run: string;
  /** Monotonic. */
  readonly nowMs: number;
  /** Used where the Lease doesn't say how long it lasts. */
  readonly leaseMs: number;
}

/**
 * Decides whether a Lease may be taken: nobody holds it, its holder bears our name (an earlier run of us), or it hasn't
 * changed for its duration since we first saw it so.
 */
export function lookAtLease(
  lease: Lease | undefined,
  seen: Sighting | undefined,
  claimant: Claimant,
): { readonly mayTake: boolean; readonly seen: Sighting | undefined } {
  if (lease === undefined) return { mayTake: true, seen: undefined };
  const resourceVersion = lease.metadata?.resourceVersion ?? "";
  const sighting =
    seen?.resourceVersion === resourceVersion ? seen : { resourceVersion, atMs: claimant.nowMs };
  const holder = lease.spec?.holderIdentity;
  const seconds = lease.spec?.leaseDurationSeconds;
  const durationMs = seconds === undefined ? claimant.leaseMs : seconds * 1000;
  return {
    mayTake:
      !holder || holder === claimant.identity || claimant.nowMs - sighting.atMs >= durationMs,
    seen: sighting,
  };
}
