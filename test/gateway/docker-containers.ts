// Containers as the operator leaves them, for tests of the gateway that have no operator.
import type {
  ContainerVM,
  ContainerVMSpec,
  ContainerVMStatus,
} from "../../src/api/containervm.gen.ts";
import { containerId } from "../../src/api/identity.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { FIELD_MANAGERS, LABELS } from "../../src/api/metadata.ts";
import { eventually } from "../eventually.ts";
import type { DockerHosts, RunningGateway } from "./running-gateway.ts";

/** What a container has besides the usual. */
export type ContainerFields = Partial<ContainerVMSpec> & {
  readonly finalizers?: readonly string[];
};

/** Makes one whose status says `state`, and waits until the gateway knows it. */
export async function addContainer(
  hosts: DockerHosts,
  gateway: RunningGateway,
  host: string,
  name: string,
  state: NonNullable<ContainerVMStatus["state"]>,
  { finalizers = [], ...spec }: ContainerFields = {},
): Promise<{ readonly id: string; readonly container: ContainerVM }> {
  const { namespace, user } = hosts;
  const container = await user.create(KINDS.ContainerVM, {
    metadata: { namespace, name, labels: { [LABELS.host]: host }, finalizers: [...finalizers] },
    spec: { hostRef: { name: host }, image: "busybox", powerState: "Off", ...spec },
  });
  const id = containerId(container.metadata.uid);
  await setState(hosts, gateway, name, state, { id, starts: 1, run: 1 });
  return { id, container };
}

/** Writes status as the operator does, and waits until the gateway has seen it. */
export async function setState(
  { namespace, user }: DockerHosts,
  gateway: RunningGateway,
  name: string,
  state: NonNullable<ContainerVMStatus["state"]>,
  rest: Partial<ContainerVMStatus> = {},
): Promise<void> {
  const written = await user.applyStatus(
    KINDS.ContainerVM,
    { metadata: { namespace, name }, status: { ...rest, state } },
    { fieldManager: FIELD_MANAGERS.operator },
  );
  const informer = gateway.informers.of(KINDS.ContainerVM);
  await eventually(() => informer.reached(written.metadata.resourceVersion));
}
