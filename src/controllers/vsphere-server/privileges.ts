import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import {
  type Datacenter,
  describeLacks,
  findCompute,
  findDatastore,
  findHost,
  findLacks,
  findNetwork,
  findResourcePool,
  findSwitch,
  type Lack,
  type MoRef,
  NotFoundByNameError,
  PermissionDeniedError,
  privilegesAt,
  OBJECT_STORE_NEEDS,
  USUAL_NEEDS,
  type VSphere,
  type WantedPrivileges,
} from "../../vsphere/index.ts";

/** Objects of a datacenter that specs name. Sorted, each once. */
export interface NamedObjects {
  /** As `cluster:name`, `pool:path` or `host:name`. */
  readonly compute: readonly string[];
  readonly datastores: readonly string[];
  readonly switches: readonly string[];
  readonly networks: readonly string[];
}

/** The objects that hosts and volume stores name. Pure. */
export function namedObjects(
  hosts: readonly VirtualContainerHost[],
  stores: readonly VolumeStore[],
): NamedObjects {
  const specs = hosts.map(({ spec }) => spec);
  return {
    compute: sorted(
      specs.map(({ compute: { cluster, resourcePool, host } }) =>
        resourcePool === undefined
          ? cluster === undefined
            ? `host:${host ?? ""}`
            : `cluster:${cluster}`
          : `pool:${resourcePool}`,
      ),
    ),
    datastores: sorted([
      ...specs.map(({ imageStore }) => imageStore.datastore),
      ...stores.map(({ spec }) => spec.datastore.name),
    ]),
    switches: sorted(specs.map(({ networks }) => networks.bridge.switch)),
    networks: sorted(
      specs.flatMap(({ networks: { bridge, management } }) => [
        bridge.portGroup,
        management.portGroup,
      ]),
    ),
  };
}

const sorted = (names: readonly (string | undefined)[]): string[] =>
  [...new Set(names.filter((name) => name !== undefined))].toSorted();

/** After how long what is missing is looked for again. */
const AGAIN_MS = 60_000;

interface Result {
  /** Session and objects that it speaks of. */
  readonly about: string;
  readonly atMs: number;
  readonly condition: ConditionInput;
}

/** What accounts lack, asked by one call for each session and set of objects, and again once in a while as long as something is missing. */
export class PrivilegeChecks {
  readonly #results = new Map<string, Result>();

  forget(key: string): void {
    this.#results.delete(key);
  }

  /** The condition Privileged of a server, by `namespace/name`. Throws what vsphere throws, except for what the check is about. */
  async condition(
    key: string,
    vsphere: VSphere,
    datacenter: Datacenter,
    named: NamedObjects,
  ): Promise<ConditionInput> {
    const { sessionKey, username } = vsphere.account;
    const about = JSON.stringify([sessionKey, datacenter.ref, named]);
    const known = this.#results.get(key);
    const isFresh =
      known?.condition.status === "True" || Date.now() - (known?.atMs ?? 0) < AGAIN_MS;
    if (known?.about === about && isFresh) return known.condition;
    const lacks = await lacksOf(vsphere, await wantedPrivileges(vsphere, datacenter, named));
    const condition = privilegedCondition(username, lacks);
    this.#results.set(key, { about, atMs: Date.now(), condition });
    return condition;
  }
}

/** In words what an account lacks, or that it lacks nothing. Pure. */
export function privilegedCondition(username: string, lacks: readonly Lack[]): ConditionInput {
  if (lacks.length === 0) {
    return {
      type: CONDITIONS.Privileged,
      status: "True",
      reason: REASONS.Available,
      message: `User ${username} has the privileges that it needs on all objects that are named`,
    };
  }
  const lacking = describeLacks(username, lacks);
  return {
    type: CONDITIONS.Privileged,
    status: "False",
    reason: REASONS.PermissionDenied,
    message: `${lacking.slice(0, 3900)}. Give it to the account: docs/privileges.md says by which roles.`,
  };
}

async function lacksOf(vsphere: VSphere, wanted: readonly WantedPrivileges[]): Promise<Lack[]> {
  try {
    return await findLacks(vsphere, wanted);
  } catch (error) {
    if (error instanceof PermissionDeniedError) return [...error.lacks];
    throw error;
  }
}

/** What the account should have on what is named. What isn't found is for its hosts to tell. */
async function wantedPrivileges(
  vsphere: VSphere,
  datacenter: Datacenter,
  named: NamedObjects,
): Promise<WantedPrivileges[]> {
  const wanted: WantedPrivileges[] = [
    { ref: vsphere.content.rootFolder, name: "/", privileges: privilegesAt("root", USUAL_NEEDS) },
    {
      ref: datacenter.ref,
      name: datacenter.name,
      privileges: privilegesAt("datacenter", USUAL_NEEDS),
    },
    { ref: datacenter.vmFolder, name: "vm", privileges: privilegesAt("vmFolder", USUAL_NEEDS) },
  ];
  const add = async (
    name: string,
    privileges: readonly string[],
    find: () => Promise<{ readonly ref: MoRef }>,
  ): Promise<void> => {
    try {
      wanted.push({ ref: (await find()).ref, name, privileges });
    } catch (error) {
      if (!(error instanceof NotFoundByNameError)) throw error;
    }
  };
  for (const each of named.compute)
    await add(each.slice(each.indexOf(":") + 1), privilegesAt("compute", USUAL_NEEDS), () =>
      findPlace(vsphere, datacenter, each),
    );
  for (const name of named.datastores) {
    await add(name, privilegesAt("datastore", USUAL_NEEDS), () =>
      findDatastore(vsphere, datacenter, name),
    );
    await add(name, privilegesAt("datastore", OBJECT_STORE_NEEDS), async () => {
      const datastore = await findDatastore(vsphere, datacenter, name);
      if (!datastore.objectStore) throw new NotFoundByNameError("vSAN datastore", name);
      return datastore;
    });
  }
  // Port groups will inherit from where the switch inherits from.
  for (const name of named.switches)
    await add(name, privilegesAt("networkFolder", USUAL_NEEDS), () =>
      findSwitch(vsphere, datacenter, name),
    );
  for (const name of named.networks)
    await add(name, ["Network.Assign"], () => findNetwork(vsphere, datacenter, name));
  return wanted;
}

async function findPlace(
  vsphere: VSphere,
  datacenter: Datacenter,
  place: string,
): Promise<{ readonly ref: MoRef }> {
  const name = place.slice(place.indexOf(":") + 1);
  if (place.startsWith("pool:")) return findResourcePool(vsphere, datacenter, name);
  const compute = place.startsWith("host:")
    ? (await findHost(vsphere, datacenter, name)).compute
    : await findCompute(vsphere, datacenter, name);
  return { ref: compute.resourcePool };
}
