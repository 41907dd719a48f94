import type { MoRef } from "../wsdl/moref.ts";
import { type Properties, readProperties, readReferred } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { ResourceAllocationInfo, ResourceConfigSpec, SharesInfo } from "../wsdl/vim.gen.ts";
import { inventoryName } from "./managed-entity.ts";

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

/** What vSphere gives a new pool; a creation must say all of it. */
const creationDefaults: Required<Allocation> = {
  limit: -1,
  reservation: 0,
  expandableReservation: true,
  shares: "normal",
};

function sharesInfo(shares: NonNullable<Allocation["shares"]>): SharesInfo {
  return typeof shares === "number" ? { level: "custom", shares } : { level: shares, shares: 0 };
}

function allocationInfo(allocation: Allocation): ResourceAllocationInfo {
  const { shares, ...rest } = allocation;
  return shares === undefined ? rest : { ...rest, shares: sharesInfo(shares) };
}

/** Makes the spec that vSphere wants; for a creation it fills in vSphere's own defaults (nothing reserved, expandable, unlimited, normal). */
export function resourceConfig(
  cpu: Allocation,
  memory: Allocation,
  creating: boolean,
): ResourceConfigSpec {
  const complete = (allocation: Allocation): ResourceAllocationInfo =>
    allocationInfo(creating ? { ...creationDefaults, ...allocation } : allocation);
  return { cpuAllocation: complete(cpu), memoryAllocation: complete(memory) };
}

/** Creates a vApp in a pool (or vApp), in a VM folder, with its annotation, by one call. Fault DuplicateName, see {@link existingObject}. */
export async function createVApp(
  vs: VSphere,
  pool: MoRef,
  options: {
    name: string;
    folder: MoRef;
    annotation?: string;
    cpu?: Allocation;
    memory?: Allocation;
  },
): Promise<VAppRef> {
  const { annotation } = options;
  const created = await vs.call("CreateVApp", pool, {
    name: inventoryName(options.name),
    resSpec: resourceConfig(options.cpu ?? {}, options.memory ?? {}, true),
    configSpec: {
      _typeName: "VAppConfigSpec",
      ...(annotation === undefined ? {} : { annotation }),
    },
    vmFolder: options.folder,
  });
  return created as VAppRef;
}

/** Changes limits, reservations and shares of a vApp or pool; what is left out keeps its value. */
export async function updateAllocation(
  vs: VSphere,
  pool: MoRef,
  change: { cpu?: Allocation; memory?: Allocation },
): Promise<void> {
  await vs.call("UpdateConfig", pool, {
    config: resourceConfig(change.cpu ?? {}, change.memory ?? {}, false),
  });
}

/** Replaces a vApp's annotation. */
export async function annotateVApp(vs: VSphere, vApp: MoRef, annotation: string): Promise<void> {
  await vs.call("UpdateVAppConfig", vApp, { spec: { _typeName: "VAppConfigSpec", annotation } });
}

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
  /** Nested pools and vApps. */
  children: MoRef[];
}

const vAppPaths = [
  "name",
  "vAppConfig.annotation",
  "parentFolder",
  "parent",
  "config",
  "vm",
  "resourcePool",
];

/** Reads a vApp; undefined if it is gone. */
export async function readVApp(vs: VSphere, ref: MoRef): Promise<VAppState | undefined> {
  const props = await readProperties(vs, ref, vAppPaths);
  return props && vAppState({ ref, props });
}

/** The vApps directly in a pool, cluster root pool or folder, with name and annotation. */
export async function listVApps(vs: VSphere, parent: MoRef): Promise<VAppState[]> {
  const path = parent.type === "Folder" ? "childEntity" : "resourcePool";
  return (await readReferred(vs, parent, path, { VirtualApp: vAppPaths })).map(vAppState);
}

function vAppState({ ref, props }: Properties): VAppState {
  const config = props["config"] as ResourceConfigSpec | undefined;
  return {
    ref: ref as VAppRef,
    name: props["name"] as string,
    annotation: props["vAppConfig.annotation"] as string | undefined,
    parentFolder: props["parentFolder"] as MoRef | undefined,
    parent: props["parent"] as MoRef | undefined,
    cpu: allocationOf(config?.cpuAllocation),
    memory: allocationOf(config?.memoryAllocation),
    vms: (props["vm"] as MoRef[] | undefined) ?? [],
    children: (props["resourcePool"] as MoRef[] | undefined) ?? [],
  };
}

/** What an allocation of vSphere's says. */
export function allocationOf(info: ResourceAllocationInfo | undefined): Allocation {
  const { limit, reservation, expandableReservation, shares } = info ?? {};
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(reservation === undefined ? {} : { reservation }),
    ...(expandableReservation === undefined ? {} : { expandableReservation }),
    ...(shares === undefined
      ? {}
      : { shares: shares.level === "custom" ? shares.shares : shares.level }),
  };
}
