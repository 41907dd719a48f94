import type { MoRef } from "../moref.ts";
import type { VSphere } from "../vsphere.ts";
import type { ResourceConfigSpec } from "../wsdl/vim.gen.ts";

/** Reference of a vApp. */
export type VAppRef = MoRef<"VirtualApp">;

/** CPU or memory settings of a vApp or pool. What is left out keeps vSphere's value. CPU in MHz, memory in MiB. */
export interface Allocation {
  /** `-1`: unlimited. */
  limit?: number;
  reservation?: number;
  expandableReservation?: boolean;
  /** A level, or a number of shares. */
  shares?: "low" | "normal" | "high" | number;
}

/** Makes the spec that vSphere wants; for a creation it fills in vSphere's own defaults (nothing reserved, expandable, unlimited, normal). */
export declare function resourceConfig(
  cpu: Allocation,
  memory: Allocation,
  creating: boolean,
): ResourceConfigSpec;

/** Creates a vApp in a pool (or vApp), in a VM folder, with its annotation, by one call. Fault DuplicateName, whose `details.object` is the existing one. */
export declare function createVApp(
  vs: VSphere,
  pool: MoRef,
  options: {
    name: string;
    folder: MoRef;
    annotation?: string;
    cpu?: Allocation;
    memory?: Allocation;
  },
): Promise<VAppRef>;

/** Changes limits, reservations and shares of a vApp or pool; what is left out keeps its value. */
export declare function updateAllocation(
  vs: VSphere,
  pool: MoRef,
  change: { cpu?: Allocation; memory?: Allocation },
): Promise<void>;

/** What stands in a vApp; one read. */
export interface VAppState {
  ref: VAppRef;
  name: string;
  annotation: string | undefined;
  parentFolder: MoRef | undefined;
  parent: MoRef | undefined;
  cpu: Allocation;
  memory: Allocation;
  vms: MoRef[];
  children: MoRef[];
}

/** Reads a vApp; undefined if it is gone. */
export declare function readVApp(vs: VSphere, ref: MoRef): Promise<VAppState | undefined>;
/** The vApps directly in a pool, cluster root pool or folder, with name and annotation. */
export declare function listVApps(vs: VSphere, parent: MoRef): Promise<VAppState[]>;
