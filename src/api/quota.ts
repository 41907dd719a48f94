import type { ContainerVM, ContainerVMStatus } from "./containervm.gen.ts";
import type { VirtualContainerHost } from "./virtualcontainerhost.gen.ts";

// What a VirtualContainerHost allows its containers together (`spec.quota`). The gateway asks before it writes, so that
// people hear of it at once; the operator decides, since others write resources, too.

/** What of a host's quota containers take. */
export interface Room {
  readonly cpus: number;
  readonly memoryMiB: number;
}

type Host = Pick<VirtualContainerHost, "metadata" | "spec">;
type Sized = Pick<ContainerVM, "spec">;

/** States in which a container runs, or will again without anybody asking. */
const HOLDING: ReadonlySet<NonNullable<ContainerVMStatus["state"]>> = new Set([
  "Starting",
  "Running",
  "Stopping",
  "Restarting",
]);

/** Whether a container counts among those that run: what is on takes of the cluster, whatever its process does. */
export const takesRoom = ({ status }: Pick<ContainerVM, "status">): boolean =>
  status?.vsphere?.powerState === "poweredOn" ||
  (status?.state !== undefined && HOLDING.has(status.state));

/** What a container takes while it runs. */
export const roomOf = (
  { spec }: Sized,
  { spec: { containerDefaults } }: Pick<Host, "spec">,
): Room => ({
  cpus: spec.cpus ?? containerDefaults.cpus,
  memoryMiB: spec.memoryMiB ?? containerDefaults.memoryMiB,
});

/** What containers take together. */
export function roomOfAll(containers: Iterable<Sized>, host: Pick<Host, "spec">): Room {
  let [cpus, memoryMiB] = [0, 0];
  for (const container of containers) {
    const room = roomOf(container, host);
    cpus += room.cpus;
    memoryMiB += room.memoryMiB;
  }
  return { cpus, memoryMiB };
}

/**
 * Why a host can't have one more container; undefined where it can.
 *
 * @param count containers that there are, running or not
 */
export function refuseToCreate(host: Host, count: number): string | undefined {
  const allowed = host.spec.quota?.containers;
  if (allowed === undefined || count < allowed) return undefined;
  return `${nameOf(host)} allows ${allowed} containers (spec.quota.containers) and has ${count}: remove one, or ask who runs the host for more`;
}

/**
 * Why a container can't run now; undefined where it can.
 *
 * @param taken what the others that run take
 */
export function refuseToRun(host: Host, container: Sized, taken: () => Room): string | undefined {
  const { quota } = host.spec;
  if (quota?.cpus === undefined && quota?.memoryMiB === undefined) return undefined;
  const [wanted, others] = [roomOf(container, host), taken()];
  const refuse = (what: keyof Room, unit: string): string | undefined => {
    const allowed = quota[what];
    if (allowed === undefined || others[what] + wanted[what] <= allowed) return undefined;
    return `${nameOf(host)} allows ${allowed} ${unit} to containers that run (spec.quota.${what}), ${others[what]} are taken, and this one needs ${wanted[what]}: stop another, or ask who runs the host for more`;
  };
  return refuse("cpus", "CPUs") ?? refuse("memoryMiB", "MiB of memory");
}

const nameOf = ({ metadata }: Host): string => `VirtualContainerHost "${metadata.name}"`;
