import { formatOwnerFile, type OwnerFile, parseOwnerFile } from "../../api/markers.ts";
import { type DatastorePath, formatDatastorePath, OWNER_FILE } from "../../api/naming.ts";
import { REASONS } from "../../api/conditions.ts";
import { type FileLocation, type MoRef, readTextFile, uploadFile } from "../../vsphere/index.ts";
import { KeyedMutex } from "../activities/mutex.ts";
import type { Problem } from "../reporting/problem.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { deleteFile } from "./delete-path.ts";
import { lineage, madeAlong, makeDirectories, removeEmptyDirectories } from "./made-directories.ts";
import { realPlace } from "./real-path.ts";

// Claims of directories on datastores, by a file in them.

const location = async (server: PooledServer, place: DatastorePath): Promise<FileLocation> => ({
  datacenter: server.datacenter.path,
  ...(await realPlace(server, place)),
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

/** Claims of one process take turns, so that each knows what those before it made. */
const turns = new KeyedMutex();

const inTurn = <R>(
  { vsphere }: PooledServer,
  { datastore }: DatastorePath,
  task: () => Promise<R>,
): Promise<R> => turns.run(`${vsphere.about.instanceUuid ?? ""} ${datastore}`, task);

/**
 * Makes a directory and claims it; harmless to repeat. Returns the problem where it is somebody
 * else's.
 *
 * @param neighbours directories on the same datastore that other resources claim
 */
export function claimDirectory(
  server: PooledServer,
  directory: DatastorePath,
  me: OwnerFile,
  neighbours: readonly DatastorePath[],
): Promise<Problem | undefined> {
  return inTurn(server, directory, async () => {
    const { vsphere } = server;
    const owner = within(directory, OWNER_FILE);
    const before = judgeOwner(await readTextFile(vsphere, await location(server, owner)), me);
    if (before.state === "ours") return undefined;
    if (before.state === "taken") return ownedProblem(directory, before.by);
    const around = await foreignAncestor(server, directory, me);
    if (around) return around;
    const made = madeAlong(
      directory.path,
      await makeDirectories(server, directory),
      await ownersOf(server, directory, me, neighbours),
    );
    const file = await location(server, owner);
    await uploadFile(vsphere, file, formatOwnerFile({ ...me, made }));
    // Two installations may claim at once: the later writer has it, and the earlier finds out here.
    const after = judgeOwner(await readTextFile(vsphere, file), me);
    return after.state === "taken" ? ownedProblem(directory, after.by) : undefined;
  });
}

/** The owner files of this installation in directories that share their top with one. */
async function ownersOf(
  server: PooledServer,
  { path }: DatastorePath,
  me: OwnerFile,
  neighbours: readonly DatastorePath[],
): Promise<OwnerFile[]> {
  const [top] = lineage(path);
  const owners: OwnerFile[] = [];
  for (const each of neighbours.filter((other) => lineage(other.path)[0] === top)) {
    const file = await location(server, within(each, OWNER_FILE));
    const owner = parseOwnerFile((await readTextFile(server.vsphere, file)) ?? "");
    if (owner?.installation === me.installation) owners.push(owner);
  }
  return owners;
}

/**
 * Gives a claim up: its owner file goes, and every directory made for it that is empty then. What
 * isn't ours stays, and with it what holds it.
 *
 * @param isOurName the directory bears a name that we chose: it goes whoever made it, when it is empty
 */
export function releaseDirectory(
  server: PooledServer,
  browser: MoRef,
  directory: DatastorePath,
  me: OwnerFile,
  isOurName = false,
): Promise<void> {
  return inTurn(server, directory, async () => {
    const file = within(directory, OWNER_FILE);
    const text = await readTextFile(server.vsphere, await location(server, file));
    if (judgeOwner(text, me).state !== "ours") return;
    const known = parseOwnerFile(text ?? "")?.made ?? [];
    const made = isOurName ? [...new Set([...known, directory.path])] : known;
    await deleteFile(server, formatDatastorePath(file));
    await removeEmptyDirectories(server, browser, directory, made);
  });
}

const ownedProblem = (directory: DatastorePath, by: string): Problem => ({
  reason: REASONS.PathOwned,
  message: `${formatDatastorePath(directory)} belongs to ${by}: choose another path; if its owner is gone, take it over by spec.adopt.installation, or delete its ${OWNER_FILE}.`,
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
      await readTextFile(server.vsphere, await location(server, within(above, OWNER_FILE))),
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
  const file = await location(server, within(directory, OWNER_FILE));
  const text = await readTextFile(server.vsphere, file);
  return judgeOwner(text, me).state === "ours";
}
