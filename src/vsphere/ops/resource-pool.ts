import type { MoRef } from "../wsdl/moref.ts";
import { type Properties, readProperties, readReferred } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { ResourceConfigSpec } from "../wsdl/vim.gen.ts";
import { attributeOf } from "./custom-attribute.ts";
import { inventoryName } from "./managed-entity.ts";
import { type Allocation, allocationOf, resourceConfig } from "./virtual-app.ts";

/** Creates a pool in another one. Faults: DuplicateName; NotSupported in a cluster without DRS. */
export async function createResourcePool(
  vs: VSphere,
  parent: MoRef,
  options: { name: string; cpu?: Allocation; memory?: Allocation },
): Promise<MoRef> {
  const spec = resourceConfig(options.cpu ?? {}, options.memory ?? {}, true);
  return vs.call("CreateResourcePool", parent, { name: inventoryName(options.name), spec });
}

/** What stands in a pool that is no vApp. */
export interface PoolState {
  ref: MoRef;
  name: string;
  /** Value of the custom attribute that was asked for. */
  value: string | undefined;
  cpu: Allocation;
  memory: Allocation;
  vms: MoRef[];
  /** Nested pools and vApps. */
  children: MoRef[];
}

const paths = ["name", "customValue", "config", "vm", "resourcePool"];

/** Reads a pool; undefined if it is gone. */
export async function readPool(
  vs: VSphere,
  ref: MoRef,
  attribute: string,
): Promise<PoolState | undefined> {
  const props = await readProperties(vs, ref, paths);
  return props && poolState({ ref, props }, await attributeOf(vs, attribute));
}

/** The pools directly in a pool, vApps aside. */
export async function listPools(
  vs: VSphere,
  parent: MoRef,
  attribute: string,
): Promise<PoolState[]> {
  const value = await attributeOf(vs, attribute);
  const found = await readReferred(vs, parent, "resourcePool", { ResourcePool: paths });
  return found
    .filter(({ ref }) => ref.type === "ResourcePool")
    .map((each) => poolState(each, value));
}

function poolState(
  { ref, props }: Properties,
  valueIn: (props: Properties["props"]) => string | undefined,
): PoolState {
  const config = props["config"] as ResourceConfigSpec | undefined;
  return {
    ref,
    name: props["name"] as string,
    value: valueIn(props),
    cpu: allocationOf(config?.cpuAllocation),
    memory: allocationOf(config?.memoryAllocation),
    vms: (props["vm"] as MoRef[] | undefined) ?? [],
    children: (props["resourcePool"] as MoRef[] | undefined) ?? [],
  };
}
