// Generated from crds/containerimages.yaml by `npm run generate`. Do not edit.
import type {Condition} from "./condition.ts";
import type {ObjectMeta} from "./object-meta.ts";

/**
 * Pending isn't made yet; Attached is on the worker and being filled; Unpacked is filled and not yet sealed; Ready is sealed and never written again.
 */
export type ContainerImageStatusDiskState =
  "Pending" | "Attached" | "Unpacked" | "Ready" | "Failed";
/**
 * Whether the disk is whole.
 */
export type ContainerImageStatusUnpackResult = "Done" | "Failed";

/**
 * One image in the image store of a VirtualContainerHost: what its reference means, and the chain of virtual disks that holds its layers. Containers make theirs by themselves; one made by hand fetches ahead.
 */
export interface ContainerImage {
  apiVersion: "vic.dev/v1alpha1";
  kind: "ContainerImage";
  metadata: ObjectMeta;
  spec: ContainerImageSpec;
  status?: ContainerImageStatus;
}
/**
 * What is wanted.
 */
export interface ContainerImageSpec {
  hostRef: ContainerImageSpecHostRef;
  /**
   * Reference of the image as Docker writes it, for example `busybox`, `registry.example.com/team/web:1.4` or `…@sha256:…`. A tag is resolved once. Immutable.
   */
  image: string;
  /**
   * The reference, with digest, that is fetched instead of `image`, which is only a name then: what `docker tag` makes. Immutable.
   */
  from?: string;
  pullSecretRef?: ContainerImageSpecPullSecretRef;
}
/**
 * The VirtualContainerHost, in this namespace. Immutable.
 */
export interface ContainerImageSpecHostRef {
  /**
   * Name of the VirtualContainerHost.
   */
  name: string;
}
/**
 * The Secret, in this namespace, of type `kubernetes.io/dockerconfigjson`, with credentials for this image's registry, used before those of the host. It isn't needed any more once the image is Ready.
 */
export interface ContainerImageSpecPullSecretRef {
  /**
   * Name of the Secret.
   */
  name: string;
}
/**
 * What the operator and the console found and made.
 */
export interface ContainerImageStatus {
  /**
   * What is known about this object, one entry per aspect.
   */
  conditions?: Condition[];
  /**
   * The metadata.generation that was last acted on.
   */
  observedGeneration?: number;
  /**
   * The reference written out, with registry and tag or digest.
   */
  reference?: string;
  /**
   * Digest of the manifest that the reference meant when it was resolved.
   */
  digest?: string;
  /**
   * Digest of the image's configuration; what Docker shows as the image's ID.
   */
  imageId?: string;
  /**
   * Size of the layers as the registry keeps them, in bytes.
   */
  sizeBytes?: number;
  config?: ContainerImageStatusConfig;
  /**
   * The chain of disks, the lowest first. The operator writes it.
   */
  disks?: ContainerImageStatusDisk[];
  /**
   * What became of filling the disks. The console writes it.
   */
  unpacks?: ContainerImageStatusUnpack[];
}
/**
 * What the image says about running it.
 */
export interface ContainerImageStatusConfig {
  /**
   * Ports that it listens on, `80/tcp`.
   */
  exposedPorts?: string[];
  /**
   * Directories that it wants to be volumes.
   */
  volumes?: string[];
  /**
   * For which processor it was built.
   */
  architecture?: string;
  /**
   * For which operating system it was built.
   */
  os?: string;
  /**
   * When it was built.
   */
  created?: string;
  /**
   * What is run.
   */
  entrypoint?: string[];
  /**
   * Its arguments, where the container has none of its own.
   */
  cmd?: string[];
  /**
   * Environment, `NAME=value`.
   */
  env?: string[];
  /**
   * Directory in which it is run.
   */
  workingDir?: string;
  /**
   * User, and group, as whom it is run.
   */
  user?: string;
  /**
   * The signal that asks it to stop.
   */
  stopSignal?: string;
  /**
   * Labels of the image.
   */
  labels?: {
    [k: string]: string;
  };
}
export interface ContainerImageStatusDisk {
  /**
   * Chain id (hex of its SHA-256) of the disk's top layer; the disk's name.
   */
  chainId: string;
  /**
   * Chain id of the disk below; the lowest has none.
   */
  parent?: string;
  /**
   * The disk, as a datastore path.
   */
  path: string;
  state: ContainerImageStatusDiskState;
  /**
   * The layers that it holds, the lowest first.
   */
  layers: ContainerImageStatusDiskLayer[];
  attached?: ContainerImageStatusDiskAttached;
}
export interface ContainerImageStatusDiskLayer {
  /**
   * Digest of the blob in the registry.
   */
  digest: string;
  /**
   * Digest of the uncompressed archive.
   */
  diffId: string;
  /**
   * Media type of the blob.
   */
  mediaType: string;
  /**
   * Size of the blob, in bytes.
   */
  size: number;
}
/**
 * Where the disk is on the worker, while it is being filled.
 */
export interface ContainerImageStatusDiskAttached {
  /**
   * Target on the worker's SCSI bus 0.
   */
  target: number;
  /**
   * Counts the disks made under this chain id, so that an answer to an earlier one isn't taken for this one's.
   */
  attempt: number;
}
export interface ContainerImageStatusUnpack {
  /**
   * Chain id of the disk.
   */
  chainId: string;
  /**
   * The `attached.attempt` that this answers.
   */
  attempt: number;
  result: ContainerImageStatusUnpackResult;
  /**
   * What the disk holds, in bytes.
   */
  usedBytes?: number;
  /**
   * How many files were written.
   */
  files?: number;
  /**
   * When it ended.
   */
  finishedAt?: string;
  /**
   * Why it failed, in one word.
   */
  reason?: string;
  /**
   * Why it failed, for people.
   */
  message?: string;
}
