import { REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { refuseToCreate, refuseToRun, roomOfAll, takesRoom } from "../../../api/quota.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { Informer } from "../../../kube/informer.ts";
import { keyOf } from "../../../kube/object.ts";
import type { Source } from "../../../reconcile/controller.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import type { Problem } from "../../reporting/problem.ts";
import type { Memory } from "../scope/memory.ts";
import { BY_HOST, type Scope, wasCreated } from "../scope/scope.ts";

// Whether a host's quota has room for a container (`spec.quota`). Nothing is awaited between question and answer, so that
// two containers never get the same room.

/** Why a container's VM isn't made: older ones, and those that have a VM, are as many as there may be. */
export function refusedToExist(
  scope: Scope,
  container: ContainerVM,
  host: VirtualContainerHost,
): Problem | undefined {
  if (host.spec.quota?.containers === undefined) return answer(scope.memory, container, undefined);
  const comesBefore = (other: ContainerVM): boolean =>
    other.metadata.uid !== container.metadata.uid &&
    other.metadata.deletionTimestamp === undefined &&
    (wasCreated(other) || scope.memory.created.has(keyOf(other)) || isOlder(other, container));
  const others = scope.containers.byIndex(BY_HOST, hostKeyOf(container));
  return answer(scope.memory, container, refuseToCreate(host, others.filter(comesBefore).length));
}

/** Why a container isn't started. Where it may be, its room is held for it until its status tells that it has it. */
export function refusedToRun(scope: Scope, container: ContainerVM): Problem | undefined {
  const { memory } = scope;
  const host = scope.containerHosts.get(hostKeyOf(container));
  if (!host) return undefined;
  const taken = () =>
    roomOfAll(
      scope.containers
        .byIndex(BY_HOST, hostKeyOf(container))
        .filter((other) => other.metadata.uid !== container.metadata.uid)
        .filter((other) => takesRoom(other) || memory.granted.has(keyOf(other))),
      host,
    );
  const problem = answer(memory, container, refuseToRun(host, container, taken));
  if (!problem) memory.granted.add(keyOf(container));
  return problem;
}

function answer(
  memory: Memory,
  container: ContainerVM,
  refusal: string | undefined,
): Problem | undefined {
  const key = keyOf(container);
  if (refusal === undefined) {
    memory.refused.delete(key);
    return undefined;
  }
  memory.refused.set(key, hostKeyOf(container));
  return { reason: REASONS.QuotaExceeded, message: `${refusal}.` };
}

const isOlder = ({ metadata: a }: ContainerVM, { metadata: b }: ContainerVM): boolean =>
  a.creationTimestamp === b.creationTimestamp
    ? a.uid < b.uid
    : a.creationTimestamp < b.creationTimestamp;

/** Looks again at containers that were refused, when another one goes or ends. */
export const rooms = (containers: Informer<ContainerVM>, { refused }: Memory): Source => ({
  name: "rooms",
  run: (queue, signal) => {
    const askAgain = (leaving: ContainerVM): void => {
      for (const [key, hostKey] of refused) if (hostKey === hostKeyOf(leaving)) queue.enqueue(key);
    };
    const isGoing = ({ metadata }: ContainerVM): boolean =>
      metadata.deletionTimestamp !== undefined;
    const stop = containers.addHandler({
      update(now, before) {
        const hasEnded = takesRoom(before) && !takesRoom(now);
        if (hasEnded || isGoing(now) !== isGoing(before)) askAgain(now);
      },
      delete: askAgain,
    });
    return new Promise<void>((resolve) => {
      const end = (): void => {
        stop();
        resolve();
      };
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
    });
  },
});
