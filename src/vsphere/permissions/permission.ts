import type { Connection } from "../session/connection.ts";
import { isFault, VSphereFault } from "../model/fault.ts";
import { type MoRef, morefKey } from "../wsdl/moref.ts";
import type { AnySelectionSpec } from "../wsdl/vim.gen.ts";

/** What the account lacks on one object. */
export interface Lack {
  readonly privileges: readonly string[];
  /** The object as people know it: kind, name and inventory path, or else its reference. */
  readonly object: string;
}

/** A NoPermission fault, in words: which privileges, on what, and whose. */
export class PermissionDeniedError extends VSphereFault {
  readonly username: string;
  readonly lacks: readonly Lack[];

  constructor(fault: VSphereFault, username: string, lacks: readonly Lack[]) {
    super(fault.fault, describeLacks(username, lacks), { ...fault.details }, fault.method);
    this.username = username;
    this.lacks = lacks;
  }
}

/** What somebody lacks, in one sentence without its end; sorted, so that it doesn't flap. */
export function describeLacks(username: string, lacks: readonly Lack[]): string {
  const each = lacks
    .map(({ privileges, object }) => `${privileges.toSorted().join(", ")} on ${object}`)
    .toSorted();
  return `user ${username} lacks ${each.join("; ")}`;
}

/** Whether an error says that the account may not do something; a session that is over is something else. */
export const isDenied = (error: unknown): error is VSphereFault =>
  isFault(error, "NoPermission") && !isFault(error, "NotAuthenticated");

/** The error with what it says explained, where it is about permissions. Costs a read, which may fail: then it has references for names. */
export async function explainDenied(connection: Connection, error: unknown): Promise<unknown> {
  if (!isDenied(error) || error instanceof PermissionDeniedError) return error;
  const lacks = await Promise.all(
    missingOf(error).map(async ({ entity, privileges }) => ({
      privileges,
      object: await nameObject(connection, entity).catch(() => morefKey(entity)),
    })),
  );
  return new PermissionDeniedError(error, connection.session.username, lacks);
}

/** What a NoPermission fault names: since 7.0 U3 all that is missing, before the first of it. */
export function missingOf({ details }: Pick<VSphereFault, "details">): {
  entity: MoRef;
  privileges: readonly string[];
}[] {
  const all = listed(details["missingPrivileges"]) as readonly EntityPrivileges[];
  if (all.length > 0)
    return all.map(({ entity, privilegeIds }) => ({
      entity,
      privileges: listed(privilegeIds) as string[],
    }));
  const object = details["object"] as MoRef | undefined;
  return object ? [{ entity: object, privileges: listed(details["privilegeId"]) as string[] }] : [];
}

/** NoPermissionEntityPrivileges, newer than the types that we speak: so one of a list comes as itself. */
interface EntityPrivileges {
  readonly entity: MoRef;
  readonly privilegeIds?: string | readonly string[];
}

const listed = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

const KINDS: Readonly<Record<string, string>> = {
  VirtualMachine: "VM",
  VirtualApp: "vApp",
  ResourcePool: "resource pool",
  ClusterComputeResource: "cluster",
  ComputeResource: "host",
  HostSystem: "host",
  Datacenter: "datacenter",
  Datastore: "datastore",
  Folder: "folder",
  Network: "network",
  DistributedVirtualPortgroup: "port group",
  VmwareDistributedVirtualSwitch: "distributed switch",
};

/** What people call an object of a type. */
export const kindOf = (ref: MoRef): string => KINDS[ref.type] ?? ref.type;

/** Kind, name and inventory path of an object; one call. */
async function nameObject(connection: Connection, ref: MoRef): Promise<string> {
  const { content } = await connection.login();
  const up = ["parent", "parentVApp"].map((path): AnySelectionSpec => ({
    _typeName: "TraversalSpec",
    name: path,
    type: path === "parent" ? "ManagedEntity" : "VirtualMachine",
    path,
    skip: false,
    selectSet: ["parent", "parentVApp"].map((name) => ({ _typeName: "SelectionSpec", name })),
  }));
  const page = await connection.call("RetrievePropertiesEx", content.propertyCollector, {
    specSet: [
      {
        propSet: [
          { type: "ManagedEntity", pathSet: ["name", "parent"] },
          { type: "VirtualMachine", pathSet: ["parentVApp"] },
        ],
        objectSet: [{ obj: ref, selectSet: up }],
      },
    ],
    options: {},
  });
  const known = new Map(
    (page?.objects ?? []).map(({ obj, propSet }) => [
      morefKey(obj),
      Object.fromEntries((propSet ?? []).map(({ name, val }) => [name, val])),
    ]),
  );
  if (morefKey(ref) === morefKey(content.rootFolder)) return "the vCenter (root folder)";
  const path: string[] = [];
  let at: MoRef | undefined = ref;
  while (at && morefKey(at) !== morefKey(content.rootFolder)) {
    const props: Record<string, unknown> | undefined = known.get(morefKey(at));
    if (!props) break;
    path.unshift(props["name"] as string);
    at = (props["parent"] ?? props["parentVApp"]) as MoRef | undefined;
  }
  const name = path.at(-1);
  if (name === undefined) return `${kindOf(ref)} ${ref.value}`;
  // Whoever may not see what it stands in doesn't know its path.
  const isWhole = at !== undefined && morefKey(at) === morefKey(content.rootFolder);
  return `${kindOf(ref)} "${name}"${isWhole ? ` (/${path.join("/")})` : ""}`;
}
