import type { OwnerFile } from "../../api/markers.ts";
import { type DatastorePath, formatDatastorePath } from "../../api/naming.ts";
import {
  isObjectName,
  listDirectory,
  makeOneDirectory,
  makeTopLevel,
  type MoRef,
} from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { contains } from "../placement/allow.ts";
import { deletePath } from "./delete-path.ts";
import { objectStore, realPath } from "./real-path.ts";

// Directories that an installation made for its claims, so that they can go with the last of them.

/** A path and all above it, from the top; the root of the datastore isn't among them. Pure. */
export function lineage(path: string): string[] {
  const segments = path.split("/").filter((part) => part !== "");
  return segments.map((_, index) => segments.slice(0, index + 1).join("/"));
}

/** Makes a directory with those above it. Returns the paths that weren't there, from the top. */
export async function makeDirectories(
  server: PooledServer,
  { datastore, path }: DatastorePath,
): Promise<string[]> {
  const { vsphere, datacenter } = server;
  const store = await objectStore(server, datastore);
  if (store) return makeInObjects(server, store, { datastore, path });
  const made: string[] = [];
  for (const each of lineage(path)) {
    const where = formatDatastorePath({ datastore, path: each });
    if (await makeOneDirectory(vsphere, datacenter.ref, where)) made.push(each);
  }
  return made;
}

/**
 * The same where directories at the top are objects. One that is there and holds nothing but the way to what is to be made counts as made: it is what a
 * killed process left, and would stay for good, each a thing of its own in vSAN.
 */
async function makeInObjects(
  server: PooledServer,
  store: NonNullable<Awaited<ReturnType<typeof objectStore>>>,
  { datastore, path }: DatastorePath,
): Promise<string[]> {
  const { vsphere, datacenter } = server;
  const way = lineage(path);
  const made: string[] = [];
  let isLeftover = true;
  for (const [index, each] of way.entries()) {
    const isTop = index === 0 && !isObjectName(each);
    const isNew = isTop && (await makeTopLevel(vsphere, store, each)).made;
    const where = await realPath(server, formatDatastorePath({ datastore, path: each }));
    if (isNew || (!isTop && (await makeOneDirectory(vsphere, datacenter.ref, where)))) {
      made.push(each);
      continue;
    }
    const entries = (await listDirectory(vsphere, store.datastore.browser, where)) ?? [];
    isLeftover &&= entries.every(({ name }) => `${each}/${name}` === way[index + 1]);
  }
  return isLeftover ? way : made;
}

/**
 * Of a claim's own line, what it made and what claims beside it made: whoever goes last removes
 * what they have in common. Pure.
 */
export function madeAlong(
  path: string,
  made: readonly string[],
  neighbours: readonly Pick<OwnerFile, "made">[],
): string[] {
  const known = new Set([...made, ...neighbours.flatMap((each) => each.made ?? [])]);
  return lineage(path).filter((each) => known.has(each));
}

/**
 * Removes those of the directories that are empty, from the deepest up, until one isn't. Only what
 * lies on the way to the claimed directory is ever touched, whatever an owner file says.
 */
export async function removeEmptyDirectories(
  server: PooledServer,
  browser: MoRef,
  { datastore, path }: DatastorePath,
  made: readonly string[],
): Promise<void> {
  const paths = made.filter((each) => each !== "" && contains(each, path));
  for (const each of paths.toSorted((a, b) => b.length - a.length)) {
    const where = formatDatastorePath({ datastore, path: each });
    const entries = await listDirectory(server.vsphere, browser, await realPath(server, where));
    if (!entries) continue;
    if (entries.length > 0) return;
    await deletePath(server, where);
  }
}
