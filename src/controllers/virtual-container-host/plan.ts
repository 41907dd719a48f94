import type { VirtualContainerHostSpec } from "../../api/virtualcontainerhost.gen.ts";
import type { Allocation, MoRef } from "../../vsphere/index.ts";
import type { Claim } from "../placement/allow.ts";
import { normalizePath } from "../../api/naming.ts";

// What to make in vSphere for a VirtualContainerHost. Pure: observe.ts looks, act.ts does.

/** What stands in vSphere; undefined: isn't there. */
export interface ObservedHost {
  readonly folder:
    | { readonly ref: MoRef; readonly name: string; readonly marked: boolean }
    | undefined;
  readonly vApp:
    | {
        readonly ref: MoRef;
        readonly name: string;
        readonly cpu: Allocation;
        readonly memory: Allocation;
      }
    | undefined;
  /** Undefined also where the spec names an existing port group, which isn't ours to make. */
  readonly portGroup:
    | {
        readonly ref: MoRef;
        readonly name: string;
        readonly vlan: number | undefined;
        readonly strict: boolean;
        readonly configVersion: string;
      }
    | undefined;
  /** Whether the image store's directories and its owner file are there. */
  readonly directories: boolean;
  readonly iso: boolean;
}

/** Names that the host's own objects have or shall have. */
export interface HostNames {
  readonly inventory: string;
  readonly unmarkedFolder: string;
}

export type HostStep =
  | { readonly do: "createFolder" }
  | { readonly do: "markFolder"; readonly ref: MoRef }
  | { readonly do: "renameFolder"; readonly ref: MoRef }
  | { readonly do: "createVApp"; readonly cpu: Allocation; readonly memory: Allocation }
  | {
      readonly do: "updateLimits";
      readonly ref: MoRef;
      readonly cpu: Allocation;
      readonly memory: Allocation;
    }
  | { readonly do: "createPortGroup"; readonly vlan: number }
  | {
      readonly do: "setPortGroup";
      readonly ref: MoRef;
      /** Where it has to change. */
      readonly vlan?: number;
      readonly configVersion: string;
    }
  | { readonly do: "makeDirectories" }
  | { readonly do: "uploadIso" };

/**
 * The next steps, in order. A step that makes an object is the last of its chain: what follows
 * it is decided when it has been looked at again, so that every step is repeatable alone.
 */
export function planHost(
  spec: VirtualContainerHostSpec,
  observed: ObservedHost,
  names: HostNames,
): HostStep[] {
  return [
    ...folderSteps(observed, names),
    ...vAppSteps(spec, observed),
    ...portGroupSteps(spec, observed),
    ...storageSteps(observed),
  ];
}

function folderSteps({ folder }: ObservedHost, names: HostNames): HostStep[] {
  if (!folder) return [{ do: "createFolder" }];
  if (!folder.marked) return [{ do: "markFolder", ref: folder.ref }];
  return folder.name === names.unmarkedFolder ? [{ do: "renameFolder", ref: folder.ref }] : [];
}

function vAppSteps(
  { compute }: VirtualContainerHostSpec,
  { vApp, folder }: ObservedHost,
): HostStep[] {
  const wanted = { cpu: allocation(compute.cpu, "MHz"), memory: allocation(compute.memory, "MiB") };
  if (!vApp) return folder?.marked ? [{ do: "createVApp", ...wanted }] : [];
  const cpu = difference(wanted.cpu, vApp.cpu);
  const memory = difference(wanted.memory, vApp.memory);
  const same = Object.keys(cpu).length + Object.keys(memory).length === 0;
  return same ? [] : [{ do: "updateLimits", ref: vApp.ref, cpu, memory }];
}

function portGroupSteps(
  { networks: { bridge } }: VirtualContainerHostSpec,
  { portGroup }: ObservedHost,
): HostStep[] {
  if (bridge.switch === undefined) return [];
  if (!portGroup) return [{ do: "createPortGroup", vlan: bridge.vlan ?? 0 }];
  const { ref, configVersion, strict } = portGroup;
  const vlan = bridge.vlan === portGroup.vlan ? undefined : bridge.vlan;
  if (vlan === undefined && strict) return [];
  return [{ do: "setPortGroup", ref, configVersion, ...(vlan === undefined ? {} : { vlan }) }];
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
