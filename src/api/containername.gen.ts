// Generated from crds/containernames.yaml by `npm run generate`. Do not edit.
import type {Condition} from "./condition.ts";
import type {ObjectMeta} from "./object-meta.ts";

/**
 * A claim to one name in one VirtualContainerHost. Its object name follows from both, so that of two who claim at once exactly one wins. Not for people: the Docker gateway and the operator make and remove them.
 */
export interface ContainerName {
  apiVersion: "vic.dev/v1alpha1";
  kind: "ContainerName";
  metadata: ObjectMeta;
  spec: ContainerNameSpec;
  status?: ContainerNameStatus;
}
/**
 * Who claims what. Immutable.
 */
export interface ContainerNameSpec {
  hostRef: ContainerNameSpecHostRef;
  /**
   * The name, as Docker tools write it.
   */
  name: string;
  /**
   * The annotation `vic.dev/name-holder` of the ContainerVM that has the name, or that ContainerVM's UID.
   */
  holder: string;
}
/**
 * The VirtualContainerHost, in this namespace.
 */
export interface ContainerNameSpecHostRef {
  /**
   * Name of the VirtualContainerHost.
   */
  name: string;
}
/**
 * What the operator found.
 */
export interface ContainerNameStatus {
  /**
   * What is known about this object, one entry per aspect.
   */
  conditions?: Condition[];
  /**
   * The metadata.generation that was last acted on.
   */
  observedGeneration?: number;
}
