import { REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { idOfContainer, instanceUuid } from "../../../api/identity.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import { RetryError } from "../../../reconcile/errors.ts";
import { isFault, type VmPlace } from "../../../vsphere/index.ts";
import { type LiveHost, vmOfHost } from "../../hosts/host-registry.ts";
import { deleteLeftoverHome } from "../../virtual-machines/leftover.ts";
import type { VmConfigSpec } from "../../virtual-machines/vm-spec.ts";
import { refusedToRun } from "../claims/quota.ts";
import { powerOnOf } from "../decisions/late-power.ts";
import { pendingWish, type Served, servedBy } from "../decisions/power.ts";
import type { Scope } from "../scope/scope.ts";
import { createContainer } from "./acts.ts";

/** How long another process's create is given to show its VM, milliseconds. */
const APPEAR_MS = 2000;
/** After so many creates that found the directory taken, what is in it is a leftover. */
const MAX_CLASHES = 3;

/** What a container's VM is made with. */
interface Making {
  readonly host: VirtualContainerHost;
  readonly live: LiveHost;
  readonly place: VmPlace;
  readonly config: VmConfigSpec;
  /** Of the ContainerImage. */
  readonly imageKey: string;
}

/** Begins to make a container's VM; the end of that wakes the key. */
export function startMaking(scope: Scope, container: ContainerVM, making: Making): void {
  const { memory } = scope;
  const { host, live, place, config } = making;
  const key = keyOf(container);
  scope.activities.start(key, "create", async () => {
    try {
      const served = await createContainer(live, place, config, () =>
        servedMeanwhile(scope, container),
      );
      memory.clashes.delete(key);
      memory.created.set(key, Date.now());
      if (!served) return;
      memory.served.set(key, served);
      if (!served.stopRequested) memory.poweredOn.set(key, powerOnOf(undefined, Date.now()));
    } catch (error) {
      if (await hasAppeared(live, idOfContainer(container), error)) return;
      await afterFailedCreate(scope, container, making, error);
      throw isFault(error, ...NO_PORT) ? portsExhausted(host, live, error) : error;
    }
  });
}

/** The start that is asked for by now, or came while the VM was being made. */
function servedMeanwhile(scope: Scope, container: ContainerVM): Served | undefined {
  const latest = newestOf(scope, container);
  if (latest.metadata.deletionTimestamp) return undefined;
  const wish = pendingWish(latest.spec, latest.status ?? {});
  // Made all the same: then it is told what it waits for.
  if (wish?.target === "On" && refusedToRun(scope, latest)) return undefined;
  return wish && servedBy(latest.spec, wish.target);
}

const newestOf = ({ containers }: Scope, container: ContainerVM): ContainerVM => {
  const latest = containers.get(keyOf(container));
  return latest?.metadata.uid === container.metadata.uid ? latest : container;
};

/** Whether a create failed because a killed process's create was still at work, and has succeeded meanwhile. */
async function hasAppeared(live: LiveHost, id: string, error: unknown): Promise<boolean> {
  if (!isFault(error, "DuplicateName", "AlreadyExists", "FileAlreadyExists")) return false;
  await new Promise((resolve) => setTimeout(resolve, APPEAR_MS));
  return vmOfHost(live, instanceUuid(live.id, id)) !== undefined;
}

/** A parent disk, an ISO or a vApp that is missing is repaired by whose it is; leftovers of a killed run are removed. */
async function afterFailedCreate(
  { deps, memory }: Scope,
  container: ContainerVM,
  { live, imageKey }: Making,
  error: unknown,
): Promise<void> {
  const [key, id] = [keyOf(container), idOfContainer(container)];
  if (isFault(error, "FileNotFound", "InvalidDeviceSpec", "InvalidDeviceBacking"))
    deps.hosts.suspectImage(imageKey);
  if (isFault(error, "FileNotFound", "ManagedObjectNotFound", "InvalidArgument"))
    deps.hosts.suspect(live.key);
  if (isFault(error, ...NO_PORT)) deps.hosts.suspect(live.key, "ports");
  if (!isFault(error, "FileAlreadyExists", "AlreadyExists")) return;
  // Perhaps a killed process's call is still at work: only what stays there is a leftover.
  const count = (memory.clashes.get(key) ?? 0) + 1;
  memory.clashes.set(key, count);
  if (count >= MAX_CLASHES && !vmOfHost(live, instanceUuid(live.id, id)))
    await deleteLeftoverHome(live.server, live.store.datastore, live.id, id);
}

/** vSphere's word for a port group without a free port isn't documented: docs/vcenter-assumptions.md, P11. */
const NO_PORT = ["ResourceNotAvailable", "LimitExceeded"] as const;

function portsExhausted(
  { spec }: VirtualContainerHost,
  { equipment }: LiveHost,
  cause: unknown,
): RetryError {
  const what = `Port group "${equipment?.bridge.name}" has no free port (vSphere: ${(cause as Error).message.replace(/\.$/, "")})`;
  const advice =
    spec.networks.bridge.switch === undefined
      ? "Give it more ports in vSphere, or let it grow by itself."
      : "It is given more.";
  return new RetryError(REASONS.PortsExhausted, `${what}. ${advice}`, cause);
}
