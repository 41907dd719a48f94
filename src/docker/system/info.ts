import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfHost } from "../../api/identity.ts";
import { CONDITIONS } from "../../api/conditions.ts";
import { stateOf } from "../containers/state/state.ts";
import { isImageReady } from "../images/image-cache.ts";
import type { Handler } from "../route.ts";
import type { Tenant } from "../tenant.ts";
import { productName } from "./version.ts";

/** @param version the product's */
export const info =
  (version: string): Handler =>
  async (_, response, tenant) => {
    response.json(200, describe(tenant, version));
  };

/** The host as `docker info` shows it: what is of the ESXi hosts below isn't a client's business. */
function describe(tenant: Tenant, version: string): object {
  const host = tenant.host();
  const { compute, containerDefaults, quota, registries } = host.spec;
  const count = countStates(tenant.containers.all());
  const imageIds = tenant.images
    .all()
    .filter(isImageReady)
    .map(({ status }) => status?.imageId);
  return {
    ID: idOfHost(host),
    Containers: count.all,
    ContainersRunning: count.running,
    ContainersPaused: count.paused,
    ContainersStopped: count.all - count.running - count.paused,
    Images: new Set(imageIds).size,
    Driver: "vmdk",
    DriverStatus: driverStatus(tenant),
    Plugins: { Volume: [], Network: ["bridge", "null"], Authorization: null, Log: ["json-file"] },
    MemoryLimit: true,
    SwapLimit: false,
    CpuCfsPeriod: false,
    CpuCfsQuota: false,
    CPUShares: false,
    CPUSet: false,
    PidsLimit: false,
    IPv4Forwarding: true,
    Debug: false,
    NFd: 0,
    OomKillDisable: false,
    NGoroutines: 0,
    SystemTime: new Date().toISOString(),
    LoggingDriver: "json-file",
    CgroupDriver: "none",
    NEventsListener: 0,
    KernelVersion: "",
    OperatingSystem: productName,
    OSVersion: version,
    OSType: "linux",
    Architecture: "x86_64",
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: registryConfig(registries),
    // Without a quota that of one container: a host's limit is in MHz, which says nothing of how many a VM may have.
    NCPU: quota?.cpus ?? containerDefaults.cpus,
    MemTotal:
      (quota?.memoryMiB ?? compute.memory?.limitMiB ?? containerDefaults.memoryMiB) * 1024 * 1024,
    GenericResources: null,
    DockerRootDir: `[${host.spec.imageStore.datastore}] ${host.spec.imageStore.path}`,
    HttpProxy: "",
    HttpsProxy: "",
    NoProxy: "",
    Name: tenant.name,
    Labels: [`vic.dev/namespace=${tenant.namespace}`],
    ExperimentalBuild: false,
    ServerVersion: version,
    Runtimes: { vm: { path: "vm" } },
    DefaultRuntime: "vm",
    Swarm: {
      NodeID: "",
      NodeAddr: "",
      LocalNodeState: "inactive",
      ControlAvailable: false,
      Error: "",
      RemoteManagers: null,
    },
    LiveRestoreEnabled: true,
    Isolation: "",
    InitBinary: "",
    ContainerdCommit: { ID: "" },
    RuncCommit: { ID: "" },
    InitCommit: { ID: "" },
    SecurityOptions: ["name=vm"],
    CDISpecDirs: [],
    Warnings: warnings(tenant),
  };
}

function countStates(containers: readonly ContainerVM[]): {
  all: number;
  running: number;
  paused: number;
} {
  const states = containers.map(stateOf);
  const paused = states.filter(({ status }) => status === "paused").length;
  const running = states.filter((state) => state.running).length - paused;
  return { all: containers.length, running, paused };
}

function driverStatus(tenant: Tenant): readonly (readonly [string, string])[] {
  const { spec, status } = tenant.host();
  const ready = status?.conditions?.find(({ type }) => type === CONDITIONS.Ready);
  return [
    ["Datastore", spec.imageStore.datastore],
    ["VirtualContainerHost", `${tenant.key} (${ready?.reason ?? "new"})`],
    ["CPU limit", limit(spec.compute.cpu?.limitMHz, "MHz")],
    ["Memory limit", limit(spec.compute.memory?.limitMiB, "MiB")],
  ];
}

const limit = (value: number | undefined, unit: string): string =>
  value === undefined ? "none" : `${value} ${unit}`;

/** What keeps it from working, for whoever wonders why containers don't start. */
function warnings(tenant: Tenant): readonly string[] {
  const { spec, status } = tenant.host();
  const ready = status?.conditions?.find(({ type }) => type === CONDITIONS.Ready);
  const plain = spec.docker.tls?.mode === "None";
  return [
    ...(ready?.status === "False" ? [`WARNING: ${ready.reason}: ${ready.message}`] : []),
    ...(plain ? ["WARNING: this endpoint has no TLS: whoever reaches it controls the host"] : []),
  ];
}

function registryConfig(
  registries:
    | {
        readonly mirrors?: readonly { readonly registry: string; readonly endpoint: string }[];
        readonly insecure?: readonly string[];
      }
    | undefined,
): object {
  const mirrors = (registries?.mirrors ?? []).filter(({ registry }) => registry === "docker.io");
  const insecure = registries?.insecure ?? [];
  const entry = (name: string, endpoints: readonly string[], secure: boolean): object => ({
    Mirrors: endpoints,
    Name: name,
    Official: name === "docker.io",
    Secure: secure,
  });
  const endpoints = mirrors.map(({ endpoint }) => endpoint);
  return {
    IndexConfigs: {
      "docker.io": entry("docker.io", endpoints, true),
      ...Object.fromEntries(insecure.map((name) => [name, entry(name, [], false)])),
    },
    InsecureRegistryCIDRs: [],
    Mirrors: endpoints,
  };
}
