import { CONDITIONS, type ConditionType, REASONS } from "../../../api/conditions.ts";
import type { ConditionInput } from "../../../reconcile/conditions.ts";
import type { VirtualContainerHostSpec } from "../../../api/virtualcontainerhost.gen.ts";
import type { Problem } from "../../reporting/problem.ts";
import type { Standing } from "../convergence/converge.ts";
import { WORDS } from "../convergence/shape.ts";

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
  [REASONS.DatastoreUnsupported]: CONDITIONS.StorageReady,
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
  [CONDITIONS.ComputeReady]: "What holds its VMs exists",
  [CONDITIONS.NetworkReady]: "The port groups exist",
};

/**
 * The conditions of a host of which one aspect doesn't hold: what a problem speaks of. Of the others nothing new is
 * known then, and what stands of them stays.
 */
export function problemConditions(problem: Problem): ConditionInput[] {
  const type = BY_REASON[problem.reason] ?? CONDITIONS.ComputeReady;
  const beyondServer =
    type === CONDITIONS.ServerReachable ? [] : [holds(CONDITIONS.ServerReachable)];
  return [
    { type: CONDITIONS.Ready, status: "False", ...problem },
    { type, status: "False", ...problem },
    ...beyondServer,
  ];
}

/** The conditions of a host that stands. What its cluster can't keep of its limits is said. */
export function standingConditions(
  { compute: { cpu, memory } }: Pick<VirtualContainerHostSpec, "compute">,
  { sight, ground }: Standing,
): ConditionInput[] {
  const { container } = sight;
  const name = container?.name ?? sight.observed.folder?.name ?? "";
  const message = `Containers run in ${WORDS[container?.kind ?? "Folder"]} "${name}"`;
  const asksForLimits = [cpu, memory].some((each) => each && Object.keys(each).length > 0);
  const limits: ConditionInput = {
    type: CONDITIONS.ComputeReady,
    status: "True",
    reason: REASONS.LimitsNotKept,
    message: `Cluster "${ground.compute.name}" has no DRS: nothing bounds what all containers use together. Switch DRS on for a new VirtualContainerHost, or take spec.compute.cpu and memory out.`,
  };
  return [
    { type: CONDITIONS.Ready, status: "True", reason: REASONS.Available, message },
    ...ASPECTS.map((type) =>
      type === CONDITIONS.ComputeReady && !container && asksForLimits ? limits : holds(type),
    ),
  ];
}

const holds = (type: (typeof ASPECTS)[number]): ConditionInput => ({
  type,
  status: "True",
  reason: REASONS.Available,
  message: HOLDS[type],
});
