import { REASONS } from "../../api/conditions.ts";
import { contains } from "../placement/allow.ts";
import type { Problem } from "../reporting/problem.ts";

/** A directory that a resource claims, on one server. */
export interface PathClaim {
  /** `kind namespace/name`: whose it is, for people. */
  readonly owner: string;
  readonly uid: string;
  readonly kind: "VirtualContainerHost" | "VolumeStore";
  /** Key of the server, `namespace/name`, or what tells two resources of one vCenter that they share it. */
  readonly server: string;
  readonly datastore: string;
  readonly path: string;
  /** RFC 3339. The elder of two clashing claims has the path. */
  readonly createdAt: string;
}

/**
 * The elder claim that a claim nests in, holds or equals; undefined where the path is free.
 * The younger one of two loses, so that applying a second resource never breaks the first.
 */
export function nestedIn(claim: PathClaim, others: Iterable<PathClaim>): PathClaim | undefined {
  for (const other of others) {
    if (
      other.uid === claim.uid ||
      other.server !== claim.server ||
      other.datastore !== claim.datastore
    )
      continue;
    if (!contains(other.path, claim.path) && !contains(claim.path, other.path)) continue;
    if (isElder(other, claim)) return other;
  }
  return undefined;
}

const isElder = (a: PathClaim, b: PathClaim): boolean =>
  a.createdAt === b.createdAt ? a.uid < b.uid : a.createdAt < b.createdAt;

/** Whether a path lies in, or around, that of another resource. Pure. */
export function nestingProblem(claim: PathClaim, others: Iterable<PathClaim>): Problem | undefined {
  const other = nestedIn(claim, others);
  if (!other) return undefined;
  return {
    reason: REASONS.PathNested,
    message: `"[${claim.datastore}] ${claim.path}" clashes with "[${other.datastore}] ${other.path}" of ${other.owner}: choose a path outside it.`,
  };
}
