import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { shownName } from "../../api/docker-name.ts";
import { idOfContainer } from "../../api/identity.ts";
import { stateOf } from "../containers/state/state.ts";
import { networkModeOf } from "./host-config-of.ts";
import { imageIdOf, pathAndArgs, type InspectOptions } from "./inspect.ts";
import { endpointsOf } from "./network-settings-of.ts";
import { statusText } from "./status-text.ts";
import { createdAt } from "./times.ts";

/** A container as `docker ps` lists it. Pure. */
export function summaryOf(
  container: ContainerVM,
  { image, hostId, size }: InspectOptions,
  nowMs: number,
): object {
  const id = idOfContainer(container);
  const state = stateOf(container);
  const running = state.status === "running";
  return {
    Id: id,
    Names: [`/${shownName(container)}`],
    Image: container.spec.image,
    ImageID: imageIdOf(container, image),
    Command: commandText(pathAndArgs(container, image)),
    Created: Math.floor(Date.parse(createdAt(container)) / 1000),
    Ports: running ? portsOf(container, image) : [],
    // As dockerd, without SizeRw where that is 0.
    ...(size && { SizeRootFs: image?.status?.sizeBytes ?? 0 }),
    Labels: { ...image?.status?.config?.labels, ...container.spec.labels },
    State: state.status,
    Status: statusText(container, state, nowMs),
    HostConfig: { NetworkMode: networkModeOf(container.spec) },
    NetworkSettings: { Networks: endpointsOf(container, { id, hostId, running }) },
    Mounts: [],
  };
}

const commandText = ({ path, args }: ReturnType<typeof pathAndArgs>): string =>
  [path, ...args.map((arg) => (arg.includes(" ") ? `'${arg}'` : arg))].join(" ");

function portsOf({ spec }: ContainerVM, image: ContainerImage | undefined): readonly object[] {
  const ports = new Set([
    ...(spec.exposedPorts ?? []),
    ...(image?.status?.config?.exposedPorts ?? []),
  ]);
  return [...ports].map((port) => {
    const [number, type] = port.split("/");
    return { PrivatePort: Number(number), Type: type };
  });
}
