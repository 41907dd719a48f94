// Generated from crds/containervms.yaml by `npm run generate`. Do not edit.
import type {Condition} from "./condition.ts";
import type {ObjectMeta} from "./object-meta.ts";

/**
 * OnFailure means an exit code other than 0.
 */
export type ContainerVMSpecRestartPolicy = "No" | "OnFailure" | "Always" | "UnlessStopped";
/**
 * Whether it shall run. A container that has exited by itself isn't started again by On; one that is switched from Off to On is. Default: "On".
 */
export type ContainerVMSpecPowerState = "On" | "Off";
/**
 * What to do.
 */
export type ContainerVMSpecRequestAction = "Start" | "Stop" | "Restart" | "Kill";
/**
 * Where it is in its life, for people. Created was never started; Exited had started and ended; Restarting had ended and is started again in a moment; Suspended was suspended in vSphere, and a start resumes it; Failed could not start its process; Gone means that the VM vanished from vSphere.
 */
export type ContainerVMStatusState =
  | "Pending"
  | "Creating"
  | "Created"
  | "Starting"
  | "Running"
  | "Stopping"
  | "Suspended"
  | "Restarting"
  | "Exited"
  | "Failed"
  | "Gone"
  | "Deleting";
/**
 * The `spec.powerState` that was last acted on; a difference to it is a wish, sameness is none.
 */
export type ContainerVMStatusServedPowerState = "On" | "Off";
/**
 * Whether the guest's agent answers vSphere; without it there is no polite stop.
 */
export type ContainerVMStatusTools = "Running" | "NotRunning";
/**
 * Its power state.
 */
export type ContainerVMStatusVspherePowerState = "poweredOn" | "poweredOff" | "suspended";

/**
 * One container, which is a VM of its own. All of its specification but `powerState`, `request` and `stopTimeoutSeconds` is immutable: to change a container, make another.
 */
export interface ContainerVM {
  apiVersion: "vic.dev/v1alpha1";
  kind: "ContainerVM";
  metadata: ObjectMeta;
  spec: ContainerVMSpec;
  status?: ContainerVMStatus;
}
/**
 * What is wanted.
 */
export interface ContainerVMSpec {
  hostRef: ContainerVMSpecHostRef;
  /**
   * Reference of the image as Docker writes it, for example `busybox` or `registry.example.com/team/web:1.4`. Immutable.
   */
  image: string;
  /**
   * The name under which Docker tools know it, unique in its host; `metadata.name` where left out. It may change.
   */
  name?: string;
  /**
   * Labels as Docker knows them, with any characters. Kubernetes' own are in `metadata.labels`. Immutable.
   */
  labels?: {
    [k: string]: string;
  };
  /**
   * Whether the process gets a terminal. Immutable.
   */
  tty?: boolean;
  /**
   * Whether the process's standard input stays open, for those who attach; it is empty otherwise. Immutable.
   */
  openStdin?: boolean;
  /**
   * Whether standard input ends with the first who was attached to it. Immutable.
   */
  stdinOnce?: boolean;
  /**
   * Further groups of the process, names or numbers. Immutable.
   */
  groups?: string[];
  /**
   * Ports that it says it listens on, `80/tcp`, besides the image's; for people and tools. Immutable.
   */
  exposedPorts?: string[];
  /**
   * How large its log may grow, in MiB; 1024 where left out. What is written beyond that isn't kept. Immutable.
   */
  logMaxMiB?: number;
  restart?: ContainerVMSpecRestart;
  /**
   * Whether it is deleted once it has ended. Immutable.
   */
  autoRemove?: boolean;
  /**
   * What is run, instead of the image's entrypoint; the image's command then doesn't count either. Empty means none. Immutable.
   */
  entrypoint?: string[];
  /**
   * Arguments of the entrypoint, or what is run where there is none, instead of the image's command. Immutable.
   */
  command?: string[];
  /**
   * Environment, besides the image's. Values stand in the VM's configuration, readable for those who may see the VM in vSphere. Immutable.
   */
  env?: ContainerVMSpecEnv[];
  /**
   * Directory in which it is run, instead of the image's; absolute. Immutable.
   */
  workingDir?: string;
  /**
   * User, and after a colon group, as whom it is run, names or numbers, instead of the image's. Immutable.
   */
  user?: string;
  /**
   * Host name inside; the first 12 characters of the id where left out. Immutable.
   */
  hostname?: string;
  /**
   * The signal that asks it to stop, name or number, instead of the image's. Immutable.
   */
  stopSignal?: string;
  /**
   * How long it may take to stop, in seconds, before it is killed. Default: 10.
   */
  stopTimeoutSeconds: number;
  /**
   * Virtual CPUs; the host's `containerDefaults.cpus` where left out. Immutable.
   */
  cpus?: number;
  /**
   * Memory in MiB, a multiple of 4 as vSphere demands; the host's `containerDefaults.memoryMiB` where left out. Immutable.
   */
  memoryMiB?: number;
  /**
   * The networks to which it is connected, in this order. Empty means none. Immutable. Default: [{"name":"bridge"}].
   */
  networks: ContainerVMSpecNetwork[];
  powerState: ContainerVMSpecPowerState;
  request?: ContainerVMSpecRequest;
}
/**
 * The VirtualContainerHost, in this namespace. Immutable.
 */
export interface ContainerVMSpecHostRef {
  /**
   * Name of the VirtualContainerHost.
   */
  name: string;
}
/**
 * Whether it is started again when it has ended by itself. It isn't after it was stopped.
 */
export interface ContainerVMSpecRestart {
  policy: ContainerVMSpecRestartPolicy;
  /**
   * How often at most since somebody started it; 0 means without end.
   */
  maxRetries?: number;
}
export interface ContainerVMSpecEnv {
  /**
   * Name of the variable.
   */
  name: string;
  /**
   * Its value. Default: "".
   */
  value: string;
}
export interface ContainerVMSpecNetwork {
  /**
   * Name of the network; `bridge` is the host's private one.
   */
  name: string;
}
/**
 * A wish from the Docker API, where a start is an event. Not for manifests: `powerState` is theirs. The newest wish wins.
 */
export interface ContainerVMSpecRequest {
  /**
   * Counts the wishes.
   */
  seq: number;
  action: ContainerVMSpecRequestAction;
  /**
   * With which signal, instead of the stop signal, or of SIGKILL for Kill.
   */
  signal?: string;
  /**
   * How long it may take to stop, in seconds, instead of `stopTimeoutSeconds`.
   */
  timeoutSeconds?: number;
}
/**
 * What the operator made and found.
 */
export interface ContainerVMStatus {
  /**
   * What is known about this object, one entry per aspect.
   */
  conditions?: Condition[];
  /**
   * The metadata.generation that was last acted on.
   */
  observedGeneration?: number;
  /**
   * The container's ID, 64 hex digits, derived from the resource's UID.
   */
  id?: string;
  state?: ContainerVMStatusState;
  imageRef?: ContainerVMStatusImageRef;
  /**
   * Digest of the image's manifest.
   */
  imageDigest?: string;
  /**
   * The last `spec.request.seq` that was served.
   */
  request?: number;
  /**
   * How often its restart policy has started it since somebody did.
   */
  restarts?: number;
  /**
   * Whether it was told to stop since it started last, in Kubernetes, by Docker or in vSphere. Its restart policy doesn't start it then.
   */
  stopRequested?: boolean;
  /**
   * Digest of the image's configuration; what Docker shows as the image's ID.
   */
  imageId?: string;
  agent?: ContainerVMStatusAgent;
  /**
   * What Docker's events called it last; another name of its own now is a rename that is still to be told.
   */
  dockerName?: string;
  servedPowerState?: ContainerVMStatusServedPowerState;
  /**
   * Counts every boot, whoever caused it.
   */
  starts?: number;
  /**
   * Number of the run that the guest reported last.
   */
  run?: number;
  /**
   * When the process of this run started.
   */
  startedAt?: string;
  /**
   * Process id of the primary process inside.
   */
  pid?: number;
  exit?: ContainerVMStatusExit;
  /**
   * The host name that the guest reports.
   */
  hostname?: string;
  tools?: ContainerVMStatusTools;
  /**
   * Its networks, in the order of the specification.
   */
  networks?: ContainerVMStatusNetwork[];
  vsphere?: ContainerVMStatusVsphere;
}
/**
 * The ContainerImage that it uses.
 */
export interface ContainerVMStatusImageRef {
  /**
   * Name of the ContainerImage.
   */
  name: string;
}
/**
 * How the console knows the agent in the VM.
 */
export interface ContainerVMStatusAgent {
  /**
   * The run that has this key; each boot makes another.
   */
  run: number;
  /**
   * The public key that the agent reported through vSphere; the console accepts no other.
   */
  hostKey: string;
}
/**
 * How the last run ended; absent while it runs.
 */
export interface ContainerVMStatusExit {
  /**
   * Exit code; 128 and the signal's number where a signal ended it.
   */
  code: number;
  /**
   * How it ended, in one word.
   */
  reason?: string;
  /**
   * How it ended, for people.
   */
  message?: string;
  /**
   * When it ended.
   */
  at?: string;
  /**
   * Memory ran out.
   */
  oomKilled?: boolean;
}
export interface ContainerVMStatusNetwork {
  /**
   * Name of the network.
   */
  name: string;
  /**
   * Its address there.
   */
  address?: string;
  /**
   * Length of the network's prefix, in bits.
   */
  prefixLength?: number;
  /**
   * The gateway there.
   */
  gateway?: string;
  /**
   * MAC address of its network adapter.
   */
  mac?: string;
}
/**
 * The VM in vSphere.
 */
export interface ContainerVMStatusVsphere {
  /**
   * Its managed object reference, `type:value`; a cache.
   */
  moRef?: string;
  /**
   * Its name in the inventory.
   */
  name?: string;
  /**
   * Name of the ESXi host on which it is.
   */
  host?: string;
  powerState?: ContainerVMStatusVspherePowerState;
  /**
   * Its instance UUID, derived from the container's id.
   */
  instanceUuid?: string;
  /**
   * Its configuration file, as a datastore path.
   */
  path?: string;
}
