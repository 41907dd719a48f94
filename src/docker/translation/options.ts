import { DockerError } from "../errors.ts";
import { isNothing, type Json } from "./create-body.ts";

/** What becomes of an option of `docker run`. docs/docker.md shows these tables. */
export type Option =
  | { readonly is: "honoured"; readonly note?: string }
  /** Nothing is lost where it is left undone: why. */
  | { readonly is: "without effect"; readonly note: string }
  /** Only what asks for nothing is accepted: null, empty, 0, false, and `nothing`. */
  | { readonly is: "refused"; readonly note: string; readonly nothing?: readonly unknown[] };

const honoured = (note?: string): Option => ({ is: "honoured", ...(note && { note }) });
const withoutEffect = (note: string): Option => ({ is: "without effect", note });
const refused = (note: string, ...nothing: readonly unknown[]): Option => ({
  is: "refused",
  note,
  nothing,
});

const noVolumes = "there are no volumes yet";
const noPorts = "ports can't be published yet";
const ownKernel = "a container is a VM with a kernel of its own, so there is nothing to share";
const noCgroups = "a container is a VM: give it whole CPUs (--cpus) and memory (--memory)";
const noKernelSettings = "kernel settings can't be passed into the VM yet";
const noDns = "name servers and hosts can't be set per container yet";
const noCapabilities = "the process always has the capabilities of an ordinary container";
const windows = "it is for Windows";
const byClient = "it is the client's own business";

/** `Config`: the upper level of the body. */
export const configOptions: Readonly<Record<string, Option>> = {
  Image: honoured(),
  Cmd: honoured(),
  Entrypoint: honoured(),
  Env: honoured("NAME=value; a name alone is dropped, unless the image sets it, which is refused"),
  User: honoured(),
  WorkingDir: honoured(),
  Hostname: honoured("letters, digits and dashes, at most 63"),
  Labels: honoured(),
  Tty: honoured(),
  OpenStdin: honoured(),
  StdinOnce: honoured(),
  AttachStdin: withoutEffect("the client attaches by itself; it isn't shown again"),
  AttachStdout: withoutEffect("the client attaches by itself; it isn't shown again"),
  AttachStderr: withoutEffect("the client attaches by itself; it isn't shown again"),
  ExposedPorts: honoured(),
  StopSignal: honoured(),
  StopTimeout: honoured("0 to 86400 seconds"),
  HostConfig: honoured(),
  NetworkingConfig: honoured("the network of NetworkMode, without settings of its own"),
  // dockerode repeats in the body what it says in the query.
  name: withoutEffect("the query's counts"),
  platform: withoutEffect("the query's counts"),
  Domainname: refused("the guest's name has no domain"),
  Healthcheck: refused("health checks aren't run yet", { Test: ["NONE"] }),
  Volumes: refused(noVolumes),
  MacAddress: refused("the MAC address follows from the container's id"),
  NetworkDisabled: refused("use --network none"),
  OnBuild: refused("images aren't built here"),
  Shell: refused("images aren't built here"),
  ArgsEscaped: refused(windows),
};

/** `HostConfig`. */
export const hostOptions: Readonly<Record<string, Option>> = {
  AutoRemove: honoured(),
  RestartPolicy: honoured(),
  NetworkMode: honoured("default, bridge or none"),
  GroupAdd: honoured(),
  Memory: honoured("raised to 128 MiB, or a multiple of 4 MiB, with a warning"),
  NanoCpus: honoured("whole CPUs"),
  ConsoleSize: withoutEffect("the client sets the size when it attaches"),
  ContainerIDFile: withoutEffect(byClient),
  Binds: refused(noVolumes),
  Mounts: refused(noVolumes),
  VolumesFrom: refused(noVolumes),
  VolumeDriver: refused(noVolumes),
  Tmpfs: refused(noVolumes),
  PortBindings: refused(noPorts),
  PublishAllPorts: refused(noPorts),
  LogConfig: refused(
    "output goes to a log file of at most spec.logMaxMiB on the datastore; only json-file without options stands for it",
    { Type: "", Config: {} },
    { Type: "", Config: null },
    { Type: "json-file" },
    { Type: "json-file", Config: {} },
    { Type: "json-file", Config: null },
  ),
  CapAdd: refused(noCapabilities),
  CapDrop: refused(noCapabilities),
  Privileged: refused(noCapabilities),
  SecurityOpt: refused("the border is the VM: there are no profiles"),
  ReadonlyRootfs: refused("the root disk is always writable"),
  MaskedPaths: refused("which paths are masked can't be chosen"),
  ReadonlyPaths: refused("which paths are read-only can't be chosen"),
  Init: refused("there is no init between agent and process yet"),
  Sysctls: refused(noKernelSettings),
  Ulimits: refused(noKernelSettings),
  OomScoreAdj: refused(noKernelSettings),
  OomKillDisable: refused(noKernelSettings),
  ShmSize: refused(noKernelSettings, 67_108_864),
  Dns: refused(noDns),
  DnsOptions: refused(noDns),
  DnsSearch: refused(noDns),
  ExtraHosts: refused(noDns),
  Links: refused("links are a thing of the past: containers of one network reach each other"),
  IpcMode: refused(ownKernel, "private"),
  PidMode: refused(ownKernel),
  UTSMode: refused(ownKernel),
  UsernsMode: refused(ownKernel, "host"),
  CgroupnsMode: refused(ownKernel, "private"),
  Cgroup: refused(ownKernel),
  CgroupParent: refused(ownKernel),
  Devices: refused("a VM has no devices of another machine"),
  DeviceRequests: refused("a VM has no devices of another machine"),
  DeviceCgroupRules: refused("a VM has no devices of another machine"),
  Runtime: refused("there is one runtime: a VM", "vm"),
  StorageOpt: refused("the disk is a child of the image's: it has no size of its own"),
  Annotations: refused("annotations aren't kept: use labels"),
  CpuShares: refused(noCgroups),
  CpuPeriod: refused(noCgroups),
  CpuQuota: refused(noCgroups),
  CpuRealtimePeriod: refused(noCgroups),
  CpuRealtimeRuntime: refused(noCgroups),
  CpusetCpus: refused(noCgroups),
  CpusetMems: refused(noCgroups),
  MemoryReservation: refused(noCgroups),
  MemorySwap: refused("a VM has no swap", -1),
  MemorySwappiness: refused("a VM has no swap", -1),
  KernelMemory: refused(noCgroups),
  KernelMemoryTCP: refused(noCgroups),
  PidsLimit: refused(noCgroups, -1),
  BlkioWeight: refused(noCgroups),
  BlkioWeightDevice: refused(noCgroups),
  BlkioDeviceReadBps: refused(noCgroups),
  BlkioDeviceWriteBps: refused(noCgroups),
  BlkioDeviceReadIOps: refused(noCgroups),
  BlkioDeviceWriteIOps: refused(noCgroups),
  Isolation: refused(windows, "default"),
  CpuCount: refused(windows),
  CpuPercent: refused(windows),
  IOMaximumIOps: refused(windows),
  IOMaximumBandwidth: refused(windows),
};

/**
 * Refuses what can't be honoured, by name and with the reason: nothing is taken and then ignored.
 *
 * @param prefix of the options' names, `HostConfig.`
 * @throws DockerError 400 for the first one
 */
export function refuseOptions(
  given: Json,
  options: Readonly<Record<string, Option>>,
  prefix = "",
): void {
  for (const [name, value] of Object.entries(given)) {
    if (isNothing(value)) continue;
    const option = Object.hasOwn(options, name) ? options[name]! : undefined;
    if (option === undefined) throw refusal(prefix + name, "nobody here knows this option");
    if (option.is !== "refused") continue;
    if (option.nothing?.some((each) => JSON.stringify(each) === JSON.stringify(value))) continue;
    throw refusal(prefix + name, option.note);
  }
}

export const refusal = (name: string, why: string): DockerError =>
  new DockerError(400, `${name.slice(0, 128)} can't be honoured: ${why}`);
