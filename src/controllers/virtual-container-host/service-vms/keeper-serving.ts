import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import { keeperVmName } from "../../../api/naming.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import { isTrue } from "../../../reconcile/conditions.ts";
import { isFault } from "../../../vsphere/index.ts";
import { explainVSphere } from "../../failures/vsphere-failure.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import type { KeeperStep } from "../../keepers/keeper-plan.ts";
import { BY_HOST, type Context, type Scope } from "../scope/scope.ts";
import { retryWorkerMs } from "./worker-plan.ts";

/**
 * Has the host's keepers hold its images' disks, beside whatever else is done: no image and no container
 * waits for that.
 *
 * @returns after how long to look again, milliseconds
 */
export function serveKeepers(
  scope: Scope,
  host: VirtualContainerHost,
  context: Context,
): number | undefined {
  const { deps, keeping, keeperFailures } = scope;
  const key = keyOf(host);
  const live = deps.hosts.get(key);
  if (!live?.equipment || keeping.running(key)) return undefined;
  const images = scope.images.byIndex(BY_HOST, key).filter(isWhole);
  const wanted = [...new Set(images.map(topOf))].toSorted();
  if (deps.keepers.isSettled(live, wanted)) {
    keeperFailures.delete(key);
    return undefined;
  }
  const heldMs = (keeperFailures.get(key)?.retryAtMs ?? 0) - Date.now();
  if (heldMs > 0) return heldMs;
  keeping.start(key, "keep", async () => {
    try {
      const steps = await deps.keepers.hold(live, wanted);
      keeperFailures.delete(key);
      for (const note of steps.flatMap((step) => noteOf(step, host)))
        context.event(host, { type: "Normal", action: "Converge", reason: REASONS.Created, note });
    } catch (error) {
      failed(scope, host, context, live, images, error);
    }
  });
  return undefined;
}

function failed(
  { deps, keeperFailures }: Scope,
  host: VirtualContainerHost,
  context: Context,
  live: LiveHost,
  images: readonly ContainerImage[],
  error: unknown,
): void {
  const count = (keeperFailures.get(live.key)?.count ?? 0) + 1;
  keeperFailures.set(live.key, { count, retryAtMs: Date.now() + retryWorkerMs(count) });
  context.log.warn({ err: error, count }, "the keeper VM failed");
  // Somebody took disks along: the images' own controller looks which, and makes them again.
  if (isFault(error, "FileNotFound", "InvalidDeviceSpec", "InvalidDeviceBacking"))
    for (const image of images) deps.hosts.suspectImage(keyOf(image));
  const explanation = explainVSphere(error);
  if (!explanation) return;
  const note = `The keeper VM can't be served: ${explanation.message}`;
  context.event(host, { type: "Warning", action: "Converge", reason: explanation.reason, note });
}

/** Images whose disks are all there, and stay. */
const isWhole = ({ metadata, status }: ContainerImage): boolean =>
  !metadata.deletionTimestamp &&
  isTrue(status?.conditions, CONDITIONS.Ready) &&
  (status?.disks?.length ?? 0) > 0 &&
  status?.disks?.every(({ state }) => state === "Ready") === true;

const topOf = ({ status }: ContainerImage): string => status?.disks?.at(-1)?.chainId ?? "";

const noteOf = (
  step: KeeperStep,
  { metadata: { namespace, name } }: VirtualContainerHost,
): string[] =>
  step.do === "create" ? [`Made VM "${keeperVmName(namespace, name, step.number)}"`] : [];
