import { kindOf, type Lack } from "../permissions/permission.ts";
import { type MoRef, morefKey } from "../wsdl/moref.ts";
import type { VSphere } from "../model/vsphere.ts";

/** Privileges that the account should have on an object. */
export interface WantedPrivileges {
  readonly ref: MoRef;
  /** As people know it. */
  readonly name: string;
  readonly privileges: readonly string[];
}

/** What the account lacks of what is wanted, by one call. Fault NoPermission if it may not even read one of the objects. */
export async function findLacks(vs: VSphere, wanted: readonly WantedPrivileges[]): Promise<Lack[]> {
  const manager = vs.content.authorizationManager;
  if (!manager || wanted.length === 0) return [];
  const entity = [...new Map(wanted.map(({ ref }) => [morefKey(ref), ref])).values()];
  const privId = [...new Set(wanted.flatMap(({ privileges }) => privileges))].toSorted();
  const answer = await vs.call("HasPrivilegeOnEntities", manager, {
    entity,
    sessionId: vs.account.sessionKey,
    privId,
  });
  const granted = new Set(
    (answer ?? []).flatMap(({ entity: ref, privAvailability }) =>
      (privAvailability ?? [])
        .filter(({ isGranted }) => isGranted)
        .map((each) => `${morefKey(ref)} ${each.privId}`),
    ),
  );
  return wanted
    .map(({ ref, name, privileges }) => ({
      object: `${kindOf(ref)} "${name}"`,
      privileges: privileges.filter((each) => !granted.has(`${morefKey(ref)} ${each}`)),
    }))
    .filter(({ privileges }) => privileges.length > 0);
}
