import type { ContainerVMSpec, ContainerVMSpecRestart } from "../../api/containervm.gen.ts";

const MiB = 1024 * 1024;
const billion = 1_000_000_000;

/** What stands for no wish at all, as dockerd shows it. */
const defaults = {
  Binds: null,
  ContainerIDFile: "",
  LogConfig: { Type: "json-file", Config: {} },
  PortBindings: {},
  VolumeDriver: "",
  VolumesFrom: null,
  ConsoleSize: [0, 0],
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: "private",
  Dns: [],
  DnsOptions: [],
  DnsSearch: [],
  ExtraHosts: null,
  IpcMode: "private",
  Cgroup: "",
  Links: null,
  OomScoreAdj: 0,
  PidMode: "",
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  UTSMode: "",
  UsernsMode: "",
  ShmSize: 67_108_864,
  Runtime: "vm",
  Isolation: "",
  CpuShares: 0,
  CgroupParent: "",
  BlkioWeight: 0,
  BlkioWeightDevice: [],
  BlkioDeviceReadBps: [],
  BlkioDeviceWriteBps: [],
  BlkioDeviceReadIOps: [],
  BlkioDeviceWriteIOps: [],
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: "",
  CpusetMems: "",
  Devices: [],
  DeviceCgroupRules: null,
  DeviceRequests: null,
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: false,
  PidsLimit: null,
  Ulimits: [],
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
  MaskedPaths: null,
  ReadonlyPaths: null,
} as const;

/** `HostConfig` of a container. The inverse of `fromDocker`. Pure. */
export const hostConfigOf = (spec: ContainerVMSpec): object => ({
  ...defaults,
  NetworkMode: networkModeOf(spec),
  RestartPolicy: restartPolicyOf(spec.restart),
  AutoRemove: spec.autoRemove ?? false,
  GroupAdd: spec.groups?.length ? spec.groups : null,
  Memory: (spec.memoryMiB ?? 0) * MiB,
  NanoCpus: (spec.cpus ?? 0) * billion,
});

/** The first network: `none` where there is none. */
export const networkModeOf = ({ networks }: ContainerVMSpec): string => networks[0]?.name ?? "none";

const policies: Readonly<Record<ContainerVMSpecRestart["policy"], string>> = {
  No: "no",
  OnFailure: "on-failure",
  Always: "always",
  UnlessStopped: "unless-stopped",
};

const restartPolicyOf = (restart: ContainerVMSpecRestart | undefined): object => ({
  Name: policies[restart?.policy ?? "No"],
  MaximumRetryCount: restart?.maxRetries ?? 0,
});
