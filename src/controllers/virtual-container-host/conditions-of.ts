import { CONDITIONS, type ConditionType, REASONS } from "../../api/conditions.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import type { Problem } from "../placement/problem.ts";

/** The aspects that a host's Ready sums up, in order of importance. */
const ASPECTS = [
  CONDITIONS.ServerReachable,
  CONDITIONS.StorageReady,
  CONDITIONS.ComputeReady,
  CONDITIONS.NetworkReady,
] as const;

const BY_REASON: Readonly<Record<string, ConditionType>> = {
  [REASONS.ServerNotFound]: CONDITIONS.ServerReachable,
  [REASONS.ServerNotReady]: CONDITIONS.ServerReachable,
  [REASONS.NotAllowed]: CONDITIONS.ServerReachable,
  [REASONS.Unreachable]: CONDITIONS.ServerReachable,
  [REASONS.DatastoreNotFound]: CONDITIONS.StorageReady,
  [REASONS.DatastoreUnavailable]: CONDITIONS.StorageReady,
  [REASONS.DatastoreFull]: CONDITIONS.StorageReady,
  [REASONS.PathOwned]: CONDITIONS.StorageReady,
  [REASONS.PathNested]: CONDITIONS.StorageReady,
  [REASONS.IsoUnavailable]: CONDITIONS.StorageReady,
  [REASONS.VolumeStoreNotFound]: CONDITIONS.StorageReady,
  [REASONS.VolumeStoreNotReady]: CONDITIONS.StorageReady,
  [REASONS.NetworkNotFound]: CONDITIONS.NetworkReady,
  [REASONS.NetworkTaken]: CONDITIONS.NetworkReady,
};

/** Messages of the aspects that hold. */
const HOLDS: Readonly<Record<(typeof ASPECTS)[number], string>> = {
  [CONDITIONS.ServerReachable]: "The VSphereServer is connected",
  [CONDITIONS.StorageReady]: "Image store and ISO are in place",
  [CONDITIONS.ComputeReady]: "vApp and folder exist",
  [CONDITIONS.NetworkReady]: "The port groups exist",
};

/**
 * The conditions of a host: all aspects hold, or the one that a problem speaks of doesn't. Of the
 * others nothing new is known then, and what stands of them stays.
 */
export function hostConditions(problem: Problem | undefined, message: string): ConditionInput[] {
  if (problem) {
    const type = BY_REASON[problem.reason] ?? CONDITIONS.ComputeReady;
    const beyondServer =
      type === CONDITIONS.ServerReachable ? [] : [holds(CONDITIONS.ServerReachable)];
    return [
      { type: CONDITIONS.Ready, status: "False", ...problem },
      { type, status: "False", ...problem },
      ...beyondServer,
    ];
  }
  return [
    { type: CONDITIONS.Ready, status: "True", reason: REASONS.Available, message },
    ...ASPECTS.map(holds),
  ];
}

const holds = (type: (typeof ASPECTS)[number]): ConditionInput => ({
  type,
  status: "True",
  reason: REASONS.Available,
  message: HOLDS[type],
});
