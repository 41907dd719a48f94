import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { Tenant } from "../tenant.ts";

/** Somebody who is attached here to a container's output. */
interface Reader {
  /** The run whose output it is. */
  readonly run: number;
  readonly done: Promise<void>;
}

const readersOf = new WeakMap<Tenant, Map<string, Set<Reader>>>();

/** As long as dockerd gives streams after an exit, and a little for the way from the guest. */
const PATIENCE_MS = 3_000;

/**
 * Enters a reader of a container's output.
 *
 * @param run `next` where it waits for one
 * @returns the way to leave; true for the last that leaves
 */
export function enterReader(
  tenant: Tenant,
  { metadata, status }: ContainerVM,
  run: "current" | "next",
): () => boolean {
  const all = readersOf.get(tenant) ?? new Map<string, Set<Reader>>();
  readersOf.set(tenant, all);
  const mine = all.get(metadata.uid) ?? new Set<Reader>();
  all.set(metadata.uid, mine);
  const { promise, resolve } = Promise.withResolvers<void>();
  const reader = { run: (status?.starts ?? 0) + (run === "next" ? 1 : 0), done: promise };
  mine.add(reader);
  return () => {
    resolve();
    mine.delete(reader);
    if (mine.size === 0 && all.get(metadata.uid) === mine) all.delete(metadata.uid);
    return mine.size === 0;
  };
}

/**
 * Resolves when those who are attached here have had the output of the container's last run: clients expect nothing more once they are told that it
 * has ended. Not for ever: a reader who doesn't read holds nobody up.
 */
export async function outputRead(
  tenant: Tenant,
  { metadata, status }: ContainerVM,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const readers = [...(readersOf.get(tenant)?.get(metadata.uid) ?? [])];
  const concerned = readers.filter(({ run }) => run <= (status?.starts ?? 0));
  if (concerned.length === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  await Promise.race([promise, Promise.all(concerned.map(({ done }) => done))]);
  clearTimeout(timer);
}
