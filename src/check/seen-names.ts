import { formatDatastorePath, parseDatastorePath } from "../api/naming.ts";
import type { DatastoreEntry } from "../vsphere/index.ts";
import type { Site } from "./observed.ts";

// On vSAN a directory at the top has another name for vSphere than for people and in resources. Pure.

/** By datastore: the names that people see of the directories at its top, by those that vSphere has for them. */
export type SeenNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The names of one datastore, by what lies at its top. */
export const seenNamesOf = (entries: readonly DatastoreEntry[]): ReadonlyMap<string, string> =>
  new Map(
    entries.flatMap(({ name, friendlyName }) =>
      friendlyName === undefined ? [] : [[name, friendlyName]],
    ),
  );

/** A path in a datastore as people see it. */
export function seenPath(names: ReadonlyMap<string, string> | undefined, path: string): string {
  const [top = "", ...below] = path.split("/");
  return [names?.get(top) ?? top, ...below].join("/");
}

/** A site with all paths as people see them, and as resources have them. */
export function asSeen(site: Site, names: SeenNames): Site {
  const seen = (text: string): string => {
    const place = parseDatastorePath(text);
    if (!place || !names.has(place.datastore)) return text;
    return formatDatastorePath({
      ...place,
      path: seenPath(names.get(place.datastore), place.path),
    });
  };
  return {
    ...site,
    machines: site.machines.map((machine) => ({
      ...machine,
      path: machine.path && seen(machine.path),
      devices: machine.devices?.map(({ fileName, parents, ...device }) => ({
        ...device,
        ...(fileName === undefined ? {} : { fileName: seen(fileName) }),
        ...(parents === undefined ? {} : { parents: parents.map(seen) }),
      })),
    })),
    datastores: site.datastores.map((datastore) => ({
      ...datastore,
      claims: datastore.claims.map((claim) => ({
        ...claim,
        path: seenPath(names.get(datastore.name), claim.path),
      })),
    })),
  };
}
