import type { VmRecord } from "../model/inventory.ts";
import type { MoRef } from "../wsdl/moref.ts";
import type { OptionValue, PropertyChange } from "../wsdl/vim.gen.ts";

/** Scalar properties that the inventory keeps of each VM, by path. Heavy ones (devices, guest.net) are read on demand. */
const fieldByPath = {
  name: "name",
  "config.instanceUuid": "instanceUuid",
  "config.uuid": "biosUuid",
  "config.changeVersion": "changeVersion",
  "config.hardware.numCPU": "numCpu",
  "config.hardware.memoryMB": "memoryMiB",
  "runtime.powerState": "powerState",
  "runtime.connectionState": "connectionState",
  "runtime.host": "host",
  "runtime.bootTime": "bootTime",
  "runtime.cleanPowerOff": "cleanPowerOff",
  "guest.toolsRunningStatus": "toolsRunningStatus",
  "guest.ipAddress": "ipAddress",
  "guest.hostName": "hostName",
  parent: "parent",
  parentVApp: "parentVApp",
  resourcePool: "resourcePool",
  "summary.config.vmPathName": "vmPathName",
} as const satisfies Record<string, keyof VmRecord>;

const extraConfigPath = /^config\.extraConfig\["(.+)"\]$/;

const WHOLE_EXTRA_CONFIG = "config.extraConfig";

/**
 * Property paths to watch for a VM: the scalars, and one keyed path for each extraConfig key; the whole extraConfig where the server knows no keyed paths.
 */
export function vmPaths(extraConfigKeys: readonly string[], keyed = true): string[] {
  const extraConfig = keyed
    ? extraConfigKeys.map((key) => `${WHOLE_EXTRA_CONFIG}["${key}"]`)
    : [WHOLE_EXTRA_CONFIG];
  return [...Object.keys(fieldByPath), ...(extraConfigKeys.length > 0 ? extraConfig : [])];
}

/** The record after some property changes; `before` left out: a VM that enters. */
export function updatedRecord(
  ref: MoRef<"VirtualMachine">,
  before: VmRecord | undefined,
  changes: readonly PropertyChange[],
  extraConfigKeys: readonly string[],
): VmRecord {
  const next: Record<string, unknown> = { ...before, ref };
  let extraConfig: Record<string, string> = { ...before?.extraConfig };
  for (const { name, op, val } of changes) {
    // A key that came may be told as added.
    const isSet = (op === "assign" || op === "add") && val !== undefined;
    const key = extraConfigPath.exec(name)?.[1];
    const field = fieldByPath[name as keyof typeof fieldByPath] as string | undefined;
    if (name === WHOLE_EXTRA_CONFIG) {
      extraConfig = isSet ? textsOf(val as OptionValue[], extraConfigKeys) : {};
    } else if (key !== undefined) {
      if (isSet) extraConfig[key] = optionText(val);
      else delete extraConfig[key];
    } else if (field !== undefined) {
      if (isSet) next[field] = val;
      else delete next[field];
    }
  }
  // Every configuration has one: without it none can be read, as long as the VM's host or datastore is away. It is what it was.
  if (before?.changeVersion !== undefined && next["changeVersion"] === undefined) {
    for (const [path, field] of Object.entries(fieldByPath))
      if (path.startsWith("config.")) next[field] = before[field];
    extraConfig = { ...before.extraConfig, ...extraConfig };
  }
  return Object.freeze({ ...next, ref, extraConfig: Object.freeze(extraConfig) });
}

/** Those of the options that the inventory keeps. */
function textsOf(options: readonly OptionValue[], keys: readonly string[]): Record<string, string> {
  const kept = options.filter(({ key }) => keys.includes(key));
  return Object.fromEntries(kept.map((option) => [option.key, optionText(option)]));
}

/** A keyed path's value is the whole OptionValue, or just its value, depending on the server. */
function optionText(val: unknown): string {
  const value =
    typeof val === "object" && val !== null && "key" in val
      ? (val as { value?: unknown }).value
      : val;
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

/** Names of the fields in which two records differ, `extraConfig.<key>` for keys. */
export function changedFields(before: VmRecord, after: VmRecord): Set<string> {
  const changed = new Set<string>();
  const compare = (a: object, b: object, prefix: string): void => {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const [left, right] = [a, b].map((record) => (record as Record<string, unknown>)[name]);
      if (name === "extraConfig" || left === right) continue;
      if (JSON.stringify(left) !== JSON.stringify(right)) changed.add(prefix + name);
    }
  };
  compare(before, after, "");
  compare(before.extraConfig, after.extraConfig, "extraConfig.");
  return changed;
}
