import { type DatastorePath, formatDatastorePath, parseDatastorePath } from "../../api/naming.ts";
import {
  type DatastoreInfo,
  findDatastore,
  findTopLevel,
  isObjectName,
  NotFoundByNameError,
  type TopLevel,
} from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";

// On vSAN a directory at the top has another name for vSphere than for people. Everywhere else in the controllers its path is the one that people know;
// here it becomes the one that vSphere knows, right before a call.

/** A datastore on which top-level directories are objects; undefined for any other one, and where there is none of that name. */
export async function objectStore(
  { vsphere, datacenter }: PooledServer,
  name: string,
): Promise<(TopLevel & { readonly datastore: DatastoreInfo }) | undefined> {
  try {
    const datastore = await findDatastore(vsphere, datacenter, name);
    return datastore.objectStore ? { datacenter: datacenter.ref, datastore } : undefined;
  } catch (error) {
    if (error instanceof NotFoundByNameError) return undefined;
    throw error;
  }
}

/** A place as vSphere addresses it; unchanged where its top-level directory isn't there. */
export async function realPlace(
  server: PooledServer,
  place: DatastorePath,
): Promise<DatastorePath> {
  const [top = "", ...below] = place.path.split("/");
  if (top === "" || isObjectName(top)) return place;
  const store = await objectStore(server, place.datastore);
  const name = store && (await findTopLevel(server.vsphere, store, top));
  return name === undefined ? place : { ...place, path: [name, ...below].join("/") };
}

/** The same of a path such as `[ds] dir/file`. */
export async function realPath(server: PooledServer, path: string): Promise<string> {
  const place = parseDatastorePath(path);
  return place ? formatDatastorePath(await realPlace(server, place)) : path;
}

/** A VM's specification with the paths in it as vSphere addresses them. */
export async function realSpec<T>(server: PooledServer, spec: T): Promise<T> {
  if (Array.isArray(spec))
    return (await Promise.all(spec.map((each) => realSpec(server, each as unknown)))) as T;
  if (typeof spec !== "object" || spec === null) return spec;
  const entries = Object.entries(spec).map(async ([name, value]) => [
    name,
    PATHS.has(name) && typeof value === "string"
      ? await realPath(server, value)
      : await realSpec(server, value as unknown),
  ]);
  return Object.fromEntries((await Promise.all(entries)) as [string, unknown][]) as T;
}

const PATHS: ReadonlySet<string> = new Set(["fileName", "vmPathName"]);
