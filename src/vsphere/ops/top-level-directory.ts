/**
 * Directories at the top of datastores on which they are objects (vSAN): made and deleted by a manager of their own, under names that the store chooses
 * (DatastoreNamespaceManager reference). The name that people see isn't to be relied upon, "clients must use the returned stable path".
 */
import { LRUCache } from "lru-cache";
import { isFault } from "../model/fault.ts";
import { type MoRef, morefKey } from "../wsdl/moref.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { DatastoreInfo } from "./lookup.ts";

/** A datastore on which such a directory is, and its datacenter. */
export interface TopLevel {
  readonly datacenter: MoRef;
  readonly datastore: Pick<DatastoreInfo, "ref" | "url">;
}

/** How long a name is believed to mean the same object, milliseconds. */
const validMs = 60_000;
/** Names that are remembered for each server. */
const maxNames = 1000;

const known = new WeakMap<object, LRUCache<string, string>>();

function namesOf(vs: VSphere): LRUCache<string, string> {
  const names = known.get(vs.inventory) ?? new LRUCache({ max: maxNames, ttl: validMs });
  known.set(vs.inventory, names);
  return names;
}

const keyOf = ({ datastore }: TopLevel, name: string): string =>
  `${morefKey(datastore.ref)}/${name}`;

/** Whether a name is one that a store chose. */
export const isObjectName = (name: string): boolean =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);

/** The store's own name of a top-level directory, by the one that people see; undefined where there is none. */
export async function findTopLevel(
  vs: VSphere,
  at: TopLevel,
  name: string,
): Promise<string | undefined> {
  return namesOf(vs).get(keyOf(at, name)) ?? lookUp(vs, at, name);
}

async function lookUp(vs: VSphere, at: TopLevel, name: string): Promise<string | undefined> {
  const { datacenter, datastore } = at;
  let url: string;
  try {
    const args = { datacenter, namespaceUrl: `${datastore.url}${name}` };
    url = await vs.call("ConvertNamespacePathToUuidPath", manager(vs), args);
  } catch (error) {
    if (!isFault(error, "InvalidDatastorePath", "FileNotFound")) throw error;
    return undefined;
  }
  const found = lastSegment(url);
  if (!isObjectName(found)) return undefined;
  namesOf(vs).set(keyOf(at, name), found);
  return found;
}

/** Makes a top-level directory, unless it is there. Its own name, and whether it was made. Fault CannotCreateFile. */
export async function makeTopLevel(
  vs: VSphere,
  at: TopLevel,
  name: string,
): Promise<{ readonly name: string; readonly made: boolean }> {
  const there = await lookUp(vs, at, name);
  if (there !== undefined) return { name: there, made: false };
  try {
    const args = { datastore: at.datastore.ref, displayName: name };
    const made = lastSegment(await vs.call("CreateDirectory", manager(vs), args));
    namesOf(vs).set(keyOf(at, name), made);
    return { name: made, made: true };
  } catch (error) {
    const others = isFault(error, "FileAlreadyExists") ? await lookUp(vs, at, name) : undefined;
    if (others === undefined) throw error;
    return { name: others, made: false };
  }
}

/** Deletes an empty top-level directory by its own name. Faults: FileNotFound, and CannotDeleteFile where something is in it. */
export async function deleteTopLevel(
  vs: VSphere,
  { datacenter, datastore }: TopLevel,
  name: string,
): Promise<void> {
  const names = namesOf(vs);
  for (const [key, value] of names.entries()) if (value === name) names.delete(key);
  const datastorePath = `${datastore.url.replace(/^ds:\/\//, "")}${name}`;
  await vs.call("DeleteDirectory", manager(vs), { datacenter, datastorePath });
}

const manager = (vs: VSphere): MoRef => vs.content.datastoreNamespaceManager!;

const lastSegment = (path: string): string => path.replace(/\/+$/, "").replace(/^.*\//, "");
