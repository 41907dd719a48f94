import { formatOwnerFile, type OwnerFile, parseOwnerFile } from "../../api/markers.ts";
import { type DatastorePath, formatDatastorePath, OWNER_FILE } from "../../api/naming.ts";
import { REASONS } from "../../api/conditions.ts";
import {
  deleteDatastoreFile,
  type FileLocation,
  isFault,
  makeDirectory,
  readTextFile,
  uploadFile,
  VSphereError,
} from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import type { Problem } from "./problem.ts";

// Claims of directories on datastores, by a file in them.

const location = (
  { datacenter }: PooledServer,
  { datastore, path }: DatastorePath,
): FileLocation => ({
  datacenter: datacenter.name,
  datastore,
  path,
});

const within = ({ datastore, path }: DatastorePath, name: string): DatastorePath => ({
  datastore,
  path: path === "" ? name : `${path}/${name}`,
});

type Found = { readonly state: "free" | "ours" } | { readonly state: "taken"; readonly by: string };

/** Whose a directory is, by the text of its owner file. Pure. */
export function judgeOwner(text: string | undefined, me: OwnerFile): Found {
  if (text === undefined) return { state: "free" };
  const owner = parseOwnerFile(text);
  if (!owner) return { state: "taken", by: "an owner file that isn't readable" };
  if (owner.installation === me.installation && owner.id === me.id) return { state: "ours" };
  const where =
    owner.installation === me.installation ? "" : ` of installation ${owner.installation}`;
  return { state: "taken", by: `${owner.kind} ${owner.namespace}/${owner.name}${where}` };
}

/** Makes a directory and claims it; harmless to repeat. Returns the problem where it is somebody else's. */
export async function claimDirectory(
  server: PooledServer,
  directory: DatastorePath,
  me: OwnerFile,
): Promise<Problem | undefined> {
  const { vsphere, datacenter } = server;
  const file = location(server, within(directory, OWNER_FILE));
  const before = judgeOwner(await readTextFile(vsphere, file), me);
  if (before.state === "ours") return undefined;
  if (before.state === "free") {
    const around = await foreignAncestor(server, directory, me);
    if (around) return around;
    await makeDirectory(vsphere, datacenter.ref, formatDatastorePath(directory));
    await uploadFile(vsphere, file, formatOwnerFile(me));
  }
  // Two installations may claim at once: the later writer has it, and the earlier finds out here.
  const after =
    before.state === "free" ? judgeOwner(await readTextFile(vsphere, file), me) : before;
  return after.state === "taken" ? ownedProblem(directory, after.by) : undefined;
}

const ownedProblem = (directory: DatastorePath, by: string): Problem => ({
  reason: REASONS.PathOwned,
  message: `${formatDatastorePath(directory)} belongs to ${by}: choose another path, or delete its ${OWNER_FILE} if its owner is gone.`,
});

async function foreignAncestor(
  server: PooledServer,
  directory: DatastorePath,
  me: OwnerFile,
): Promise<Problem | undefined> {
  const segments = directory.path.split("/");
  for (let length = segments.length - 1; length > 0; length--) {
    const above = { datastore: directory.datastore, path: segments.slice(0, length).join("/") };
    const found = judgeOwner(
      await readTextFile(server.vsphere, location(server, within(above, OWNER_FILE))),
      me,
    );
    if (found.state === "taken") {
      return {
        reason: REASONS.PathNested,
        message: `${formatDatastorePath(directory)} lies in ${formatDatastorePath(above)}, which belongs to ${found.by}: choose a path outside it.`,
      };
    }
  }
  return undefined;
}

/** Whether the claim still stands; false where file or directory are gone. Changes nothing. */
export async function isClaimed(
  server: PooledServer,
  directory: DatastorePath,
  me: OwnerFile,
): Promise<boolean> {
  const text = await readTextFile(server.vsphere, location(server, within(directory, OWNER_FILE)));
  return judgeOwner(text, me).state === "ours";
}

/** Deletes a file, or a directory with all that is in it; what is gone already is fine. */
export async function deletePath(server: PooledServer, path: string): Promise<void> {
  const { vsphere, datacenter } = server;
  try {
    await vsphere.tasks.run(deleteDatastoreFile(vsphere, datacenter.ref, path));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Whether an error says that the object or file isn't there any more. */
export const isGone = (error: unknown): boolean =>
  isFault(error, "FileNotFound", "ManagedObjectNotFound") ||
  (error instanceof VSphereError && error.code === "NotFoundByName");
