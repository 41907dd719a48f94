import type { VirtualContainerHostSpec } from "../../../api/virtualcontainerhost.gen.ts";
import type { Allocation, MoRef } from "../../../vsphere/index.ts";
import type { Claim } from "../../placement/allow.ts";
import { normalizePath } from "../../../api/naming.ts";
import type { HostShape } from "./shape.ts";

// What to make in vSphere for a VirtualContainerHost. Pure: observe.ts looks, act.ts does.

/** A folder or pool of the host's. */
interface Marked {
  readonly ref: MoRef;
  readonly name: string;
  readonly marked: boolean;
}

/** What stands in vSphere; undefined: isn't there. */
export interface ObservedHost {
  readonly folder: Marked | undefined;
  /** The vApp or the pool; undefined too where the host's folder stands in for it. */
  readonly container:
    | (Marked & {
        readonly kind: "VApp" | "ResourcePool";
        readonly cpu: Allocation;
        readonly memory: Allocation;
      })
    | undefined;
  /** Undefined also where the spec names an existing port group, which isn't ours to make. */
  readonly portGroup: ObservedPortGroup | undefined;
  /** Names of ours that somebody else's things have beside those: our own, longer ones are used then. */
  readonly taken: ReadonlySet<keyof HostNames>;
  /** Whether the image store's directories and its owner file are there. */
  readonly directories: boolean;
  readonly iso: boolean;
}

/** The bridge's port group: one of a distributed switch, or one on each host's standard switch. */
export type ObservedPortGroup =
  | {
      readonly kind: "distributed";
      readonly ref: MoRef;
      readonly name: string;
      readonly vlan: number | undefined;
      readonly strict: boolean;
      readonly configVersion: string;
      readonly numPorts: number;
      /** Those with a network card on it, strangers included. */
      readonly vms: readonly MoRef[];
    }
  | {
      readonly kind: "standard";
      readonly hosts: readonly {
        readonly hostName: string;
        /** What the host has; undefined: nothing. */
        readonly has:
          | { readonly vlan: number; readonly strict: boolean; readonly onSwitch: boolean }
          | undefined;
      }[];
    };

/** Names that the host's own objects have or shall have. */
export interface HostNames {
  readonly folder: string;
  readonly container: string;
  readonly portGroup: string;
  /** Until it is marked. */
  readonly unmarked: string;
  /** Where somebody else has the name, or where nothing but the name says whose it is. */
  readonly own: string;
  readonly ownPortGroup: string;
}

export type HostStep =
  | { readonly do: "createFolder" }
  | { readonly do: "mark"; readonly ref: MoRef }
  | {
      readonly do: "rename";
      readonly what: "folder" | "resource pool";
      readonly ref: MoRef;
      readonly name: string;
    }
  | {
      readonly do: "createVApp" | "createPool";
      readonly name: string;
      readonly cpu: Allocation;
      readonly memory: Allocation;
    }
  | {
      readonly do: "updateLimits";
      readonly ref: MoRef;
      readonly cpu: Allocation;
      readonly memory: Allocation;
    }
  | { readonly do: "createPortGroup"; readonly name: string; readonly vlan: number }
  | {
      readonly do: "setPortGroup";
      readonly ref: MoRef;
      /** Where it has to change. */
      readonly vlan?: number;
      readonly configVersion: string;
    }
  | {
      readonly do: "growPortGroup";
      readonly ref: MoRef;
      readonly configVersion: string;
      readonly numPorts: number;
    }
  | {
      readonly do: "addHostPortGroups" | "setHostPortGroups";
      readonly name: string;
      /** Undefined: it stays what it is. */
      readonly vlan: number | undefined;
      /** Names of the ESXi hosts. */
      readonly hosts: readonly string[];
    }
  | { readonly do: "makeDirectories" }
  | { readonly do: "uploadIso" };

/**
 * The next steps, in order. The claim of the directory comes first: where it is refused, nothing is made. A step that makes an object is the last of its chain: what follows
 * it is decided when it has been looked at again, so that every step is repeatable alone.
 *
 * @param isShort whether a VM couldn't be made, perhaps for want of a port
 */
export function planHost(
  spec: VirtualContainerHostSpec,
  shape: HostShape,
  observed: ObservedHost,
  names: HostNames,
  isShort = false,
): HostStep[] {
  return [
    ...storageSteps(observed),
    ...(shape.folder ? folderSteps(observed, names) : []),
    ...(shape.container === "Folder" ? [] : containerSteps(spec, shape, observed, names)),
    ...portGroupSteps(spec, observed, names, isShort),
  ];
}

function folderSteps({ folder, taken }: ObservedHost, names: HostNames): HostStep[] {
  if (!folder) return [{ do: "createFolder" }];
  const name = taken.has("folder") ? names.own : names.folder;
  return finish("folder", folder, name, names);
}

/** What is left to do until a thing that was made is known for ours. */
function finish(
  what: "folder" | "resource pool",
  { ref, name, marked }: Marked,
  finalName: string,
  names: HostNames,
): HostStep[] {
  if (!marked) return [{ do: "mark", ref }];
  return name === names.unmarked ? [{ do: "rename", what, ref, name: finalName }] : [];
}

function containerSteps(
  { compute }: VirtualContainerHostSpec,
  shape: HostShape,
  { container, folder, taken }: ObservedHost,
  names: HostNames,
): HostStep[] {
  const wanted = { cpu: allocation(compute.cpu, "MHz"), memory: allocation(compute.memory, "MiB") };
  const isPool = (container?.kind ?? shape.container) === "ResourcePool";
  const name = taken.has("container") ? names.own : names.container;
  if (!container) {
    if (shape.folder && !folder?.marked) return [];
    if (!isPool) return [{ do: "createVApp", name, ...wanted }];
    return [{ do: "createPool", name: shape.attributes ? names.unmarked : names.own, ...wanted }];
  }
  const cpu = difference(wanted.cpu, container.cpu);
  const memory = difference(wanted.memory, container.memory);
  const same = Object.keys(cpu).length + Object.keys(memory).length === 0;
  return [
    ...(isPool && shape.attributes ? finish("resource pool", container, name, names) : []),
    ...(same ? [] : [{ do: "updateLimits", ref: container.ref, cpu, memory } as const]),
  ];
}

function portGroupSteps(
  { networks: { bridge } }: VirtualContainerHostSpec,
  { portGroup, taken }: ObservedHost,
  names: HostNames,
  isShort: boolean,
): HostStep[] {
  if (bridge.switch === undefined) return [];
  if (portGroup?.kind === "standard")
    return hostPortGroupSteps(bridge.vlan, portGroup.hosts, names);
  const name = taken.has("portGroup") ? names.ownPortGroup : names.portGroup;
  if (!portGroup) return [{ do: "createPortGroup", name, vlan: bridge.vlan ?? 0 }];
  const { ref, configVersion, strict } = portGroup;
  const vlan = bridge.vlan === portGroup.vlan ? undefined : bridge.vlan;
  if (vlan === undefined && strict) return isShort ? growth(portGroup) : [];
  return [{ do: "setPortGroup", ref, configVersion, ...(vlan === undefined ? {} : { vlan }) }];
}

/** As many ports as vSphere lets a port group have. */
const MAX_PORTS = 8192;

/** Port groups of ours grow by themselves; where one doesn't, for whatever reason, it is made twice as large. */
function growth({
  ref,
  configVersion,
  numPorts,
  vms,
}: Extract<ObservedPortGroup, { kind: "distributed" }>): HostStep[] {
  if (vms.length < numPorts || numPorts >= MAX_PORTS) return [];
  const larger = Math.min(MAX_PORTS, 2 * Math.max(numPorts, vms.length));
  return [{ do: "growPortGroup", ref, configVersion, numPorts: larger }];
}

/** A cluster's hosts need the same port group each, or VMs can't be placed or moved there. */
function hostPortGroupSteps(
  vlan: number | undefined,
  hosts: Extract<ObservedPortGroup, { kind: "standard" }>["hosts"],
  { ownPortGroup: name }: HostNames,
): HostStep[] {
  const missing = hosts.filter(({ has }) => !has);
  const wrong = hosts.filter(
    ({ has }) => has && (!has.strict || !has.onSwitch || (vlan !== undefined && has.vlan !== vlan)),
  );
  const step = (verb: "addHostPortGroups" | "setHostPortGroups", of: typeof hosts): HostStep[] =>
    of.length === 0 ? [] : [{ do: verb, name, vlan, hosts: of.map(({ hostName }) => hostName) }];
  return [...step("addHostPortGroups", missing), ...step("setHostPortGroups", wrong)];
}

function storageSteps({ directories, iso }: ObservedHost): HostStep[] {
  if (!directories) return [{ do: "makeDirectories" }, { do: "uploadIso" }];
  return iso ? [] : [{ do: "uploadIso" }];
}

interface Limits {
  readonly limitMHz?: number;
  readonly reservationMHz?: number;
  readonly limitMiB?: number;
  readonly reservationMiB?: number;
  readonly shares?: number | string;
}

/** Only what the spec gives: the rest is the administrator's. */
export function allocation(limits: Limits | undefined, unit: "MHz" | "MiB"): Allocation {
  const limit = limits?.[`limit${unit}`];
  const reservation = limits?.[`reservation${unit}`];
  const shares = limits?.shares;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(reservation === undefined ? {} : { reservation }),
    ...(shares === undefined ? {} : { shares: sharesOf(shares) }),
  };
}

function sharesOf(shares: number | string): NonNullable<Allocation["shares"]> {
  const level = String(shares).toLowerCase();
  return level === "low" || level === "normal" || level === "high" ? level : Number(shares);
}

/** The fields of `wanted` that differ from what stands. */
function difference(wanted: Allocation, stands: Allocation): Allocation {
  const entries = Object.entries(wanted).filter(
    ([field, value]) => stands[field as keyof Allocation] !== value,
  );
  return Object.fromEntries(entries) as Allocation;
}

/** What a host asks of its server, for `spec.allow`. */
export function claimsOf({ compute, imageStore, networks }: VirtualContainerHostSpec): Claim[] {
  const pool = compute.cluster ?? compute.resourcePool ?? compute.host ?? "";
  const bridge = networks.bridge.switch ?? networks.bridge.portGroup ?? "";
  return [
    { kind: "pool", name: pool },
    { kind: "datastore", datastore: imageStore.datastore, path: normalizePath(imageStore.path) },
    ...[...new Set([bridge, networks.management.portGroup])].map(
      (name) => ({ kind: "network", name }) as const,
    ),
  ];
}
