import { OWNER_ATTRIBUTE } from "../../../api/markers.ts";
import {
  type Allocation,
  listPools,
  listVApps,
  type MoRef,
  readPool,
  readVApp,
} from "../../../vsphere/index.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { type HostIdentity, isMarkedBy } from "./identity.ts";

/** A vApp or a resource pool, with what it says of whose it is. */
export interface ResourceContainer {
  readonly kind: "VApp" | "ResourcePool";
  readonly ref: MoRef;
  readonly name: string;
  readonly marker: string | undefined;
  readonly cpu: Allocation;
  readonly memory: Allocation;
  readonly vms: readonly MoRef[];
  /** Nested pools and vApps. */
  readonly children: readonly MoRef[];
}

/** Reads a vApp or pool; undefined if it is gone. */
export async function readContainer(
  { vsphere }: PooledServer,
  ref: MoRef,
): Promise<ResourceContainer | undefined> {
  if (ref.type === "VirtualApp") {
    const vApp = await readVApp(vsphere, ref);
    return vApp && { ...vApp, kind: "VApp", marker: vApp.annotation };
  }
  const pool = await readPool(vsphere, ref, OWNER_ATTRIBUTE);
  return pool && { ...pool, kind: "ResourcePool", marker: pool.value };
}

/** The vApps and pools directly in a pool. */
export async function listContainers(
  { vsphere }: PooledServer,
  pool: MoRef,
): Promise<ResourceContainer[]> {
  const vApps = await listVApps(vsphere, pool);
  const pools = await listPools(vsphere, pool, OWNER_ATTRIBUTE);
  return [
    ...vApps.map((each) => ({ ...each, kind: "VApp" as const, marker: each.annotation })),
    ...pools.map((each) => ({ ...each, kind: "ResourcePool" as const, marker: each.value })),
  ];
}

/**
 * Whether a vApp or pool is a host's: by its marker; a pool without one also by a name that holds the host's id. Pure.
 */
export function isOurs(found: ResourceContainer, me: HostIdentity): boolean {
  if (isMarkedBy(found.marker, me)) return true;
  const isNamed = found.name === me.names.own || found.name === me.names.unmarked;
  return found.kind === "ResourcePool" && !found.marker && isNamed;
}
