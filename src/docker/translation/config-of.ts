import type { ContainerVMSpec } from "../../api/containervm.gen.ts";
import { mergedCommand, type ImageCommand } from "./command.ts";

/** What an image says about running it (`ContainerImage.status.config`). */
export interface ImageConfigView extends ImageCommand {
  readonly env?: readonly string[];
  readonly workingDir?: string;
  readonly user?: string;
  readonly stopSignal?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly exposedPorts?: readonly string[];
  readonly volumes?: readonly string[];
}

/** What counts where a specification says nothing. */
const defaultStopTimeout = 10;

/**
 * `Config` of a container, with the image's where the container has none of its own. The inverse of `fromDocker`, for an image that says nothing. Pure.
 *
 * @param id of the container; its host name where it has no other
 */
export function configOf(spec: ContainerVMSpec, image: ImageConfigView, id: string): object {
  const { entrypoint, cmd } = mergedCommand(spec, image);
  const own = (spec.env ?? []).map(({ name, value }) => `${name}=${value}`);
  const set = new Set((spec.env ?? []).map(({ name }) => name));
  const inherited = (image.env ?? []).filter((entry) => !set.has(entry.split("=", 1)[0]!));
  const ports = [...new Set([...(spec.exposedPorts ?? []), ...(image.exposedPorts ?? [])])];
  const env = [...own, ...inherited];
  const stopSignal = spec.stopSignal ?? image.stopSignal;
  return {
    Hostname: spec.hostname ?? id.slice(0, 12),
    Domainname: "",
    User: spec.user ?? image.user ?? "",
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(ports.length > 0 && { ExposedPorts: emptyObjects(ports) }),
    Tty: spec.tty ?? false,
    OpenStdin: spec.openStdin ?? false,
    StdinOnce: spec.stdinOnce ?? false,
    Env: env.length > 0 ? env : null,
    Cmd: cmd,
    Image: spec.image,
    Volumes: image.volumes?.length ? emptyObjects(image.volumes) : null,
    WorkingDir: spec.workingDir ?? image.workingDir ?? "",
    Entrypoint: entrypoint,
    OnBuild: null,
    Labels: { ...image.labels, ...spec.labels },
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
    ...(spec.stopTimeoutSeconds !== defaultStopTimeout && {
      StopTimeout: spec.stopTimeoutSeconds,
    }),
  };
}

const emptyObjects = (names: readonly string[]): Readonly<Record<string, object>> =>
  Object.fromEntries(names.map((name) => [name, {}]));
