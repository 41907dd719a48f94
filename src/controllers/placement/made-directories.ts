import type { OwnerFile } from "../../api/markers.ts";
import { type DatastorePath, formatDatastorePath } from "../../api/naming.ts";
import { listDirectory, makeOneDirectory, type MoRef } from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { contains } from "./allow.ts";
import { deletePath } from "./delete-path.ts";

// Directories that an installation made for its claims, so that they can go with the last of them.

/** A path and all above it, from the top; the root of the datastore isn't among them. Pure. */
export function lineage(path: string): string[] {
  const segments = path.split("/").filter((part) => part !== "");
  return segments.map((_, index) => segments.slice(0, index + 1).join("/"));
}

/** Makes a directory with those above it. Returns the paths that weren't there, from the top. */
export async function makeDirectories(
  { vsphere, datacenter }: PooledServer,
  { datastore, path }: DatastorePath,
): Promise<string[]> {
  const made: string[] = [];
  for (const each of lineage(path)) {
    const where = formatDatastorePath({ datastore, path: each });
    if (await makeOneDirectory(vsphere, datacenter.ref, where)) made.push(each);
  }
  return made;
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
    const entries = await listDirectory(server.vsphere, browser, where);
    if (!entries) continue;
    if (entries.length > 0) return;
    await deletePath(server, where);
  }
}
