import { REASONS } from "../../../api/conditions.ts";
import type { ContainerImageStatusConfig } from "../../../api/containerimage.gen.ts";
import type { ContainerVMSpec, ContainerVMStatusNetwork } from "../../../api/containervm.gen.ts";
import type { Problem } from "../../reporting/problem.ts";

// What a container's guest is told (docs/guest-protocol.md, `guestinfo.vic.config`).

/** Docker's own default, for images that name none. */
const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a guest can read at once: a message of 64 KiB (open-vm-tools, `GUESTMSG_MAX_IN_SIZE`), which begins with two bytes of the protocol's. */
const MAX_GUEST_CONFIG_BYTES = 64 * 1024 - 2;

/** Why a guest couldn't be told this configuration; undefined where it can. */
export function tooLarge(config: string): Problem | undefined {
  const bytes = Buffer.byteLength(config);
  if (bytes <= MAX_GUEST_CONFIG_BYTES) return undefined;
  return {
    reason: REASONS.ConfigTooLarge,
    message: `Its command, environment and networks take ${bytes} bytes, and a guest can be told ${MAX_GUEST_CONFIG_BYTES} at most: make another ContainerVM with less.`,
  };
}

/** How large a log may grow whose container doesn't say, MiB. */
const LOG_MAX_MIB = 1024;

/** What the process is started from: the container's own words over the image's. */
type ProcessSpec = Pick<
  ContainerVMSpec,
  "entrypoint" | "command" | "env" | "workingDir" | "user" | "stopSignal" | "hostname" | "tty"
>;

/**
 * The arguments of the process. As in Docker an entrypoint of the container's own also does
 * away with the image's command. Empty where neither names any.
 */
export function processArgs(spec: ProcessSpec, image: ContainerImageStatusConfig): string[] {
  if (spec.entrypoint) return [...spec.entrypoint, ...(spec.command ?? [])];
  return [...(image.entrypoint ?? []), ...(spec.command ?? image.cmd ?? [])];
}

/** The environment: the image's, overridden by name by the container's, in the order of first mention. */
export function processEnv(
  spec: ProcessSpec,
  image: ContainerImageStatusConfig,
  hostname: string,
): string[] {
  const entries = new Map<string, string>();
  const add = (entry: string): Map<string, string> =>
    entries.set(entry.split("=", 1)[0] ?? "", entry);
  add(DEFAULT_PATH);
  add(`HOSTNAME=${hostname}`);
  if (spec.tty) add("TERM=xterm");
  for (const entry of image.env ?? []) add(entry);
  for (const { name, value } of spec.env ?? []) add(`${name}=${value}`);
  return [...entries.values()];
}

/** The host name inside: the spec's, or the first 12 digits of the id, as Docker has it. */
export const hostnameOf = (spec: ProcessSpec, id: string): string =>
  spec.hostname ?? id.slice(0, 12);

/** The whole of `guestinfo.vic.config`, as text. */
export function guestConfig(
  spec: ContainerVMSpec,
  image: ContainerImageStatusConfig,
  container: {
    readonly id: string;
    readonly networks: readonly ContainerVMStatusNetwork[];
    readonly rootTarget: number;
    /** The console's key for this VM, where it has a line to one. */
    readonly authorizedKey?: string | undefined;
  },
): string {
  const hostname = hostnameOf(spec, container.id);
  return JSON.stringify({
    version: 1,
    role: "container",
    id: container.id,
    hostname,
    networks: container.networks.map(({ name, mac, address, prefixLength, gateway }) => ({
      name,
      mac,
      address: `${address}/${prefixLength}`,
      gateway,
    })),
    root: { target: container.rootTarget },
    process: {
      args: processArgs(spec, image),
      env: processEnv(spec, image, hostname),
      cwd: spec.workingDir ?? (image.workingDir || "/"),
      user: spec.user ?? image.user ?? "",
      stopSignal: spec.stopSignal ?? (image.stopSignal || "SIGTERM"),
      ...(spec.groups ? { groups: spec.groups } : {}),
      tty: spec.tty ?? false,
      openStdin: spec.openStdin ?? false,
      stdinOnce: spec.stdinOnce ?? false,
    },
    stopTimeoutSeconds: spec.stopTimeoutSeconds,
    log: { port: "ttyS0", maxBytes: (spec.logMaxMiB ?? LOG_MAX_MIB) * 1024 * 1024 },
    ...(container.authorizedKey === undefined
      ? {}
      : { line: { port: "ttyS1", authorizedKey: container.authorizedKey } }),
  });
}

/** The networks that a guest was told of: how addresses are found again whose status was lost. */
export function networksInGuestConfig(text: string | undefined): ContainerVMStatusNetwork[] {
  try {
    const { networks } = JSON.parse(text ?? "") as {
      networks?: { name: string; mac: string; address: string; gateway?: string }[];
    };
    return (networks ?? []).map(({ name, mac, address, gateway }) => {
      const [host = "", prefix = ""] = address.split("/");
      return {
        name,
        mac,
        address: host,
        prefixLength: Number(prefix),
        ...(gateway === undefined ? {} : { gateway }),
      };
    });
  } catch {
    return [];
  }
}
