import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { shownName } from "../../api/docker-name.ts";
import { idOfContainer } from "../../api/identity.ts";
import { stateOf } from "../containers/state/state.ts";
import { configOf } from "./config-of.ts";
import { hostConfigOf } from "./host-config-of.ts";
import { mergedCommand } from "./command.ts";
import { networkSettingsOf } from "./network-settings-of.ts";
import { createdAt, NEVER } from "./times.ts";

export interface InspectOptions {
  /** The container's image, where it is known. */
  readonly image: ContainerImage | undefined;
  /** Identity of the VirtualContainerHost. */
  readonly hostId: string;
  /** With sizes. */
  readonly size: boolean;
}

/** What is run: the entrypoint's first word and all others. */
export function pathAndArgs(
  container: ContainerVM,
  image: ContainerImage | undefined,
): { readonly path: string; readonly args: readonly string[] } {
  const { entrypoint, cmd } = mergedCommand(container.spec, image?.status?.config ?? {});
  const [path = "", ...args] = [...(entrypoint ?? []), ...(cmd ?? [])];
  return { path, args };
}

/** The id of a container's image: the digest of its configuration. */
export const imageIdOf = ({ status }: ContainerVM, image: ContainerImage | undefined): string =>
  status?.imageId ?? image?.status?.imageId ?? "";

/** A container as `GET /containers/{id}/json` shows it, API 1.41 to 1.51. Pure. */
export function inspectOf(container: ContainerVM, options: InspectOptions): object {
  const { spec, status } = container;
  const { image, hostId, size } = options;
  const id = idOfContainer(container);
  const state = stateOf(container);
  const { path, args } = pathAndArgs(container, image);
  const config = image?.status?.config ?? {};
  const ports = [...new Set([...(spec.exposedPorts ?? []), ...(config.exposedPorts ?? [])])];
  const isUp = state.status === "running" || state.status === "paused";
  return {
    Id: id,
    Created: createdAt(container),
    Path: path,
    Args: args,
    State: {
      Status: state.status,
      Running: state.running,
      Paused: state.status === "paused",
      Restarting: state.status === "restarting",
      OOMKilled: status?.exit?.oomKilled ?? false,
      Dead: state.status === "dead",
      Pid: isUp ? (status?.pid ?? 0) : 0,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: status?.startedAt ?? NEVER,
      FinishedAt: status?.exit?.at ?? NEVER,
    },
    Image: imageIdOf(container, image),
    ResolvConfPath: "",
    HostnamePath: "",
    HostsPath: "",
    LogPath: "",
    Name: `/${shownName(container)}`,
    RestartCount: status?.restarts ?? 0,
    Driver: "vmdk",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: hostConfigOf(spec),
    GraphDriver: { Data: null, Name: "vmdk" },
    ...(size && sizesOf(image)),
    Mounts: [],
    Config: configOf(spec, config, id),
    NetworkSettings: networkSettingsOf(container, ports, { id, hostId, running: isUp }),
  };
}

/** What a container has written nobody knows without reading its disk; the image's size is what the registry says. */
const sizesOf = (image: ContainerImage | undefined): object => ({
  SizeRw: 0,
  SizeRootFs: image?.status?.sizeBytes ?? 0,
});
