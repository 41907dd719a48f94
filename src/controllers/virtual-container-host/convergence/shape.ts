import { REASONS } from "../../../api/conditions.ts";
import type {
  VirtualContainerHostSpec,
  VirtualContainerHostStatusVsphere,
} from "../../../api/virtualcontainerhost.gen.ts";
import type { Capabilities, Compute } from "../../../vsphere/index.ts";
import type { Problem } from "../../reporting/problem.ts";

/**
 * What holds a host's VMs, bounds what they use together, and tells which they are. A Folder bounds nothing: it is for
 * clusters without DRS, which have neither vApps nor pools.
 */
export type ContainerKind = "VApp" | "ResourcePool" | "Folder";

/** Of what a host is made on its server. */
export interface HostShape {
  readonly container: ContainerKind;
  /** Whether it has an inventory folder. */
  readonly folder: boolean;
  /** Whether a custom attribute marks what can't be marked otherwise. */
  readonly attributes: boolean;
}

type Facts = {
  readonly capabilities: Pick<Capabilities, "folders" | "customAttributes">;
  readonly compute: Pick<Compute, "name" | "isCluster" | "drsEnabled">;
  /** What the status says that there is: a host that stands isn't made into another shape. */
  readonly known: VirtualContainerHostStatusVsphere | undefined;
};

/** Chooses the shape of a host by what its spec asks for, what there is of it, and what the server can do. Pure. */
export function shapeOf(
  { compute: { container } }: Pick<VirtualContainerHostSpec, "compute">,
  { capabilities, compute, known }: Facts,
): HostShape | Problem {
  const hasPools = !compute.isCluster || compute.drsEnabled;
  const hasVApps = hasPools && capabilities.folders;
  const possible: ContainerKind[] = hasVApps
    ? ["VApp", "ResourcePool"]
    : hasPools
      ? ["ResourcePool"]
      : ["Folder"];
  const wanted = container ?? kindOf(known) ?? possible[0]!;
  if (!possible.includes(wanted) && wanted !== "Folder") {
    const why = hasPools
      ? "The server is a bare ESXi host"
      : `Cluster "${compute.name}" has no DRS`;
    return {
      reason: REASONS.Unsupported,
      message: `${why}, and so no ${WORDS[wanted]}s. ${hasPools ? "Leave spec.compute.container out" : "Switch DRS on, or leave spec.compute.container out"} in a new VirtualContainerHost.`,
    };
  }
  return {
    container: wanted,
    folder: capabilities.folders,
    attributes: capabilities.customAttributes,
  };
}

function kindOf(known: VirtualContainerHostStatusVsphere | undefined): ContainerKind | undefined {
  if (known?.vApp) return "VApp";
  if (known?.resourcePool) return "ResourcePool";
  return known?.folder && "Folder";
}

/** What people call it. */
export const WORDS: Readonly<Record<ContainerKind, string>> = {
  VApp: "vApp",
  ResourcePool: "resource pool",
  Folder: "folder",
};
