// Generated from crds/volumestores.yaml by `npm run generate`. Do not edit.
import type {Condition} from "./condition.ts";
import type {ObjectMeta} from "./object-meta.ts";

/**
 * What happens to the directory when this object is deleted: Retain leaves it and its volumes on the datastore, for a later VolumeStore of the same place; Delete removes it with all that is in it. Default: "Retain".
 */
export type VolumeStoreSpecReclaimPolicy = "Retain" | "Delete";

/**
 * A directory of a datastore in which volumes live. VirtualContainerHosts of its namespace may use it.
 */
export interface VolumeStore {
  apiVersion: "vic.dev/v1alpha1";
  kind: "VolumeStore";
  metadata: ObjectMeta;
  spec: VolumeStoreSpec;
  status?: VolumeStoreStatus;
}
/**
 * What the platform team declares.
 */
export interface VolumeStoreSpec {
  serverRef: VolumeStoreSpecServerRef;
  datastore: VolumeStoreSpecDatastore;
  reclaimPolicy: VolumeStoreSpecReclaimPolicy;
  adopt?: VolumeStoreSpecAdopt;
}
/**
 * The VSphereServer that has the datastore. Immutable.
 */
export interface VolumeStoreSpecServerRef {
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
 * Where the volumes are. Immutable.
 */
export interface VolumeStoreSpecDatastore {
  /**
   * Name of the datastore.
   */
  name: string;
  /**
   * Directory, relative to the datastore. It belongs to this VolumeStore alone: paths of two stores may not nest.
   */
  path: string;
}
/**
 * What another life of this cluster, or another installation that is gone, left in vSphere of the VolumeStore of this namespace and name, to be taken over: by its markers it becomes this one's. Where nothing such is left it has no effect, so it may stay.
 */
export interface VolumeStoreSpecAdopt {
  /**
   * Identity of the former installation, as the file `vic-owner.json`, or the condition Ready, says it. An operator of it that still runs lets go.
   */
  installation: string;
}
/**
 * What the operator found and made.
 */
export interface VolumeStoreStatus {
  /**
   * What is known about this object, one entry per aspect.
   */
  conditions?: Condition[];
  /**
   * The metadata.generation that was last acted on.
   */
  observedGeneration?: number;
  /**
   * Identity of the store, seeded once from the resource's UID; it stands in the owner file.
   */
  id?: string;
  /**
   * The owner file that claims the directory, as a datastore path.
   */
  claimPath?: string;
}
