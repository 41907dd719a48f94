// Generated from crds/virtualcontainerhosts.yaml by `npm run generate`. Do not edit.
import type {Condition} from "./condition.ts";
import type {ObjectMeta} from "./object-meta.ts";

/**
 * What holds the VMs and keeps the limits. Left out, it is a vApp where there can be one, else a resource pool; in a cluster without DRS there is neither, and an inventory folder alone holds the VMs. Immutable.
 */
export type VirtualContainerHostSpecComputeContainer = "VApp" | "ResourcePool";
/**
 * Verify demands a certificate that the host's own authority signed. None speaks without TLS: whoever reaches the port controls the host; a condition says so. Default: "Verify".
 */
export type VirtualContainerHostSpecDockerTlsMode = "Verify" | "None";
/**
 * Whether `docker start` and `docker stop` may override what a manifest says in `spec.powerState`, or are refused for containers that Docker didn't create. Default: "Override".
 */
export type VirtualContainerHostSpecDockerPowerState = "Override" | "Respect";
/**
 * What deleting this object means for what is in it. Protect waits, with a condition, while containers exist. Delete deletes the containers and images first. Orphan leaves everything in vSphere as it is, to be taken over later, and deletes nothing there. Default: "Protect".
 */
export type VirtualContainerHostSpecDeletionPolicy = "Protect" | "Delete" | "Orphan";
/**
 * Running means that its agent has reported.
 */
export type VirtualContainerHostStatusWorkerState =
  "Creating" | "Off" | "Starting" | "Running" | "Failed";

/**
 * A tenant's container host on vSphere: a vApp or resource pool with limits, an inventory folder, a bridge port group, and directories on datastores, in which every container is a VM.
 */
export interface VirtualContainerHost {
  apiVersion: "vic.dev/v1alpha1";
  kind: "VirtualContainerHost";
  metadata: ObjectMeta;
  spec: VirtualContainerHostSpec;
  status?: VirtualContainerHostStatus;
}
/**
 * What the platform team declares.
 */
export interface VirtualContainerHostSpec {
  serverRef: VirtualContainerHostSpecServerRef;
  compute: VirtualContainerHostSpecCompute;
  imageStore: VirtualContainerHostSpecImageStore;
  /**
   * Where volumes may be made.
   */
  volumeStores?: VirtualContainerHostSpecVolumeStore[];
  networks: VirtualContainerHostSpecNetworks;
  registries?: VirtualContainerHostSpecRegistries;
  containerDefaults: VirtualContainerHostSpecContainerDefaults;
  quota?: VirtualContainerHostSpecQuota;
  docker: VirtualContainerHostSpecDocker;
  deletionPolicy: VirtualContainerHostSpecDeletionPolicy;
  adopt?: VirtualContainerHostSpecAdopt;
}
/**
 * The VSphereServer on which the host is made. Immutable.
 */
export interface VirtualContainerHostSpecServerRef {
  /**
   * Name of the VSphereServer.
   */
  name: string;
  /**
   * Its namespace, where it isn't this object's own. The server's `spec.allow` must permit this.
   */
  namespace?: string;
}
/**
 * Where the containers run, and how much they may use together.
 */
export interface VirtualContainerHostSpecCompute {
  container?: VirtualContainerHostSpecComputeContainer;
  /**
   * Name of the cluster in whose root pool the vApp or resource pool is made, or its path below the datacenter's folder of hosts where several have that name. Immutable.
   */
  cluster?: string;
  /**
   * Name of the resource pool in which the vApp or another pool is made. Immutable.
   */
  resourcePool?: string;
  /**
   * Name of the host that isn't in a cluster and in whose root pool the vApp or another pool is made. Immutable.
   */
  host?: string;
  cpu?: VirtualContainerHostSpecComputeCpu;
  memory?: VirtualContainerHostSpecComputeMemory;
}
/**
 * CPU of all containers together. What is left out is the vSphere administrator's.
 */
export interface VirtualContainerHostSpecComputeCpu {
  /**
   * They get at most this much, in MHz.
   */
  limitMHz?: number;
  /**
   * They are guaranteed this much, in MHz.
   */
  reservationMHz?: number;
  /**
   * Their weight against siblings where CPU is scarce. Low, Normal, High, or a number from 1 to 1000000.
   */
  shares?: number | string;
}
/**
 * Memory of all containers together. What is left out is the vSphere administrator's.
 */
export interface VirtualContainerHostSpecComputeMemory {
  /**
   * They get at most this much, in MiB.
   */
  limitMiB?: number;
  /**
   * They are guaranteed this much, in MiB.
   */
  reservationMiB?: number;
  /**
   * Their weight against siblings where memory is scarce. Low, Normal, High, or a number from 1 to 1000000.
   */
  shares?: number | string;
}
/**
 * Where images and containers are kept. The directory `VIC` below the path belongs to this host alone: those of two hosts may not nest. Immutable.
 */
export interface VirtualContainerHostSpecImageStore {
  /**
   * Name of the datastore.
   */
  datastore: string;
  /**
   * Directory, relative to the datastore.
   */
  path: string;
}
export interface VirtualContainerHostSpecVolumeStore {
  /**
   * What users of this host call it. `default` serves those who don't name a store.
   */
  name: string;
  /**
   * Name of the VolumeStore, in this namespace.
   */
  ref: string;
}
/**
 * The networks of this host.
 */
export interface VirtualContainerHostSpecNetworks {
  bridge: VirtualContainerHostSpecNetworksBridge;
  management: VirtualContainerHostSpecNetworksManagement;
}
/**
 * The private network that connects the containers.
 */
export interface VirtualContainerHostSpecNetworksBridge {
  /**
   * Name of the distributed switch on which a port group is made for this host, or of the standard switch that every ESXi host of the cluster has. Immutable.
   */
  switch?: string;
  /**
   * VLAN of the port group that is made. Without it, frames are untagged.
   */
  vlan?: number;
  /**
   * Name of an existing port group, used by nothing else, instead of one made for this host. Immutable.
   */
  portGroup?: string;
  /**
   * The IPv4 network from which containers get addresses. Immutable. Default: "172.16.0.0/12".
   */
  range: string;
}
/**
 * The network over which the worker VM reaches the console.
 */
export interface VirtualContainerHostSpecNetworksManagement {
  /**
   * Name of an existing port group.
   */
  portGroup: string;
  /**
   * The worker's IPv4 address with its prefix, for example 10.0.0.20/24. Without it, DHCP.
   */
  address?: string;
  /**
   * The default gateway.
   */
  gateway?: string;
  /**
   * Name servers; those of DHCP where left out.
   */
  dns?: string[];
}
/**
 * How images are fetched.
 */
export interface VirtualContainerHostSpecRegistries {
  /**
   * Registries to be asked at another address.
   */
  mirrors?: VirtualContainerHostSpecRegistriesMirror[];
  /**
   * Registries, `host[:port]`, that may be spoken to without TLS or with a certificate that nobody vouches for.
   */
  insecure?: string[];
  /**
   * Registries from which images may be fetched, `host[:port]` as references name them (`docker.io` for those that name none), or `*.example.com` for all names below. Without it, any.
   */
  allow?: string[];
  caSecretRef?: VirtualContainerHostSpecRegistriesCaSecretRef;
  pullSecretRef?: VirtualContainerHostSpecRegistriesPullSecretRef;
}
export interface VirtualContainerHostSpecRegistriesMirror {
  /**
   * The registry as image references name it, `host[:port]`.
   */
  registry: string;
  /**
   * Where it is asked instead, `https://host[:port]` or `http://…`.
   */
  endpoint: string;
}
/**
 * The Secret, in this namespace, whose key `ca.crt` holds the CAs, PEM, that may have signed certificates of registries.
 */
export interface VirtualContainerHostSpecRegistriesCaSecretRef {
  /**
   * Name of the Secret.
   */
  name: string;
}
/**
 * The Secret, in this namespace, of type `kubernetes.io/dockerconfigjson`, with credentials for registries.
 */
export interface VirtualContainerHostSpecRegistriesPullSecretRef {
  /**
   * Name of the Secret.
   */
  name: string;
}
/**
 * What containers get that don't say. Default: {}.
 */
export interface VirtualContainerHostSpecContainerDefaults {
  /**
   * Virtual CPUs. Default: 2.
   */
  cpus: number;
  /**
   * Memory in MiB, a multiple of 4 as vSphere demands. Default: 2048.
   */
  memoryMiB: number;
}
/**
 * How many containers there may be, and how much those that run may have together. What is left out is unlimited. A quota that is lowered stops and deletes nothing.
 */
export interface VirtualContainerHostSpecQuota {
  /**
   * Containers, running or not.
   */
  containers?: number;
  /**
   * Virtual CPUs of the containers that run.
   */
  cpus?: number;
  /**
   * Memory, in MiB, of the containers that run.
   */
  memoryMiB?: number;
}
/**
 * How Docker tools reach it. Default: {}.
 */
export interface VirtualContainerHostSpecDocker {
  /**
   * A port of its own on the gateway. Without it, clients that name one of `serverNames` (TLS server name indication) reach it on the port that all hosts share.
   */
  port?: number;
  /**
   * DNS names and IP addresses under which clients reach it; the certificate holds them.
   */
  serverNames?: string[];
  tls: VirtualContainerHostSpecDockerTls;
  powerState: VirtualContainerHostSpecDockerPowerState;
}
/**
 * How clients are recognized. Default: {}.
 */
export interface VirtualContainerHostSpecDockerTls {
  mode: VirtualContainerHostSpecDockerTlsMode;
}
/**
 * What another life of this cluster, or another installation that is gone, left in vSphere of the VirtualContainerHost of this namespace and name, to be taken over: by its markers it becomes this one's. Where nothing such is left it has no effect, so it may stay.
 */
export interface VirtualContainerHostSpecAdopt {
  /**
   * Identity of the former installation, as the vApp's notes in vSphere, or the condition Ready, says it. An operator of it that still runs lets go.
   */
  installation: string;
}
/**
 * What the operator made and found.
 */
export interface VirtualContainerHostStatus {
  /**
   * What is known about this object, one entry per aspect.
   */
  conditions?: Condition[];
  /**
   * The metadata.generation that was last acted on.
   */
  observedGeneration?: number;
  /**
   * Identity of the host, seeded once from the resource's UID. It is written on everything of the host in vSphere.
   */
  id?: string;
  /**
   * Identity of the installation that made it (the UID of its namespace kube-system).
   */
  installation?: string;
  vsphere?: VirtualContainerHostStatusVsphere;
  docker?: VirtualContainerHostStatusDocker;
  /**
   * The ISO from which new VMs boot, as a datastore path.
   */
  isoPath?: string;
  worker?: VirtualContainerHostStatusWorker;
  usage?: VirtualContainerHostStatusUsage;
}
/**
 * What exists in vSphere. References are caches; names and markers identify.
 */
export interface VirtualContainerHostStatusVsphere {
  vApp?: VirtualContainerHostStatusVsphereVApp;
  resourcePool?: VirtualContainerHostStatusVsphereResourcePool;
  folder?: VirtualContainerHostStatusVsphereFolder;
  portGroup?: VirtualContainerHostStatusVspherePortGroup;
  managementPortGroup?: VirtualContainerHostStatusVsphereManagementPortGroup;
  datastore?: VirtualContainerHostStatusVsphereDatastore;
}
/**
 * The vApp in which the containers are.
 */
export interface VirtualContainerHostStatusVsphereVApp {
  /**
   * Name in the inventory.
   */
  name: string;
  /**
   * Its managed object reference, `type:value`.
   */
  moRef: string;
}
/**
 * The resource pool in which the containers are, where there is no vApp.
 */
export interface VirtualContainerHostStatusVsphereResourcePool {
  /**
   * Name in the inventory.
   */
  name: string;
  /**
   * Its managed object reference, `type:value`.
   */
  moRef: string;
}
/**
 * The inventory folder.
 */
export interface VirtualContainerHostStatusVsphereFolder {
  /**
   * Name in the inventory.
   */
  name: string;
  /**
   * Its managed object reference, `type:value`.
   */
  moRef: string;
}
/**
 * The bridge's port group.
 */
export interface VirtualContainerHostStatusVspherePortGroup {
  /**
   * Name in the inventory.
   */
  name: string;
  /**
   * Its managed object reference, `type:value`.
   */
  moRef: string;
}
/**
 * The management network's port group.
 */
export interface VirtualContainerHostStatusVsphereManagementPortGroup {
  /**
   * Name in the inventory.
   */
  name: string;
  /**
   * Its managed object reference, `type:value`.
   */
  moRef: string;
}
/**
 * The datastore of the image store.
 */
export interface VirtualContainerHostStatusVsphereDatastore {
  /**
   * Name in the inventory.
   */
  name: string;
  /**
   * Its managed object reference, `type:value`.
   */
  moRef: string;
}
/**
 * How Docker tools reach it.
 */
export interface VirtualContainerHostStatusDocker {
  /**
   * What DOCKER_HOST is set to.
   */
  host?: string;
  /**
   * The Secret with the host's certificate authority.
   */
  caSecret?: string;
  /**
   * The Secret with the certificate that the gateway shows, `tls.crt` and `tls.key`, and `ca.crt`, the authorities of clients.
   */
  serverSecret?: string;
  /**
   * The Secret with a client's certificate, `tls.crt`, `tls.key` and `ca.crt`.
   */
  clientSecret?: string;
  /**
   * Changes with each change of the certificates.
   */
  revision?: string;
  /**
   * When the first of the certificates expires, unless it is renewed before.
   */
  notAfter?: string;
}
/**
 * The small VM in which layers of images are unpacked.
 */
export interface VirtualContainerHostStatusWorker {
  /**
   * Identity of the VM, derived from the host's.
   */
  id: string;
  state: VirtualContainerHostStatusWorkerState;
  /**
   * Its managed object reference, `type:value`.
   */
  moRef?: string;
  /**
   * The public key that the agent reported through vSphere; the console accepts no other.
   */
  hostKey?: string;
  /**
   * Why it failed, in one word.
   */
  reason?: string;
  /**
   * Why it failed, for people.
   */
  message?: string;
}
/**
 * What is in it.
 */
export interface VirtualContainerHostStatusUsage {
  /**
   * Containers, running or not.
   */
  containers: number;
  /**
   * Containers that run.
   */
  running: number;
  /**
   * Virtual CPUs that `spec.quota.cpus` counts.
   */
  cpus?: number;
  /**
   * Memory, in MiB, that `spec.quota.memoryMiB` counts.
   */
  memoryMiB?: number;
}
