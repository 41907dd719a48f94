// Generated from crds/vsphereservers.yaml by `npm run generate`. Do not edit.
import type {Condition} from "./condition.ts";
import type {ObjectMeta} from "./object-meta.ts";

/**
 * VirtualCenter is a vCenter, HostAgent a bare ESXi host.
 */
export type VSphereServerStatusApiType = "VirtualCenter" | "HostAgent";

/**
 * Where a vCenter or a bare ESXi host is, how to log in to it, and which namespaces may use what of it.
 */
export interface VSphereServer {
  apiVersion: "vic.dev/v1alpha1";
  kind: "VSphereServer";
  metadata: ObjectMeta;
  spec: VSphereServerSpec;
  status?: VSphereServerStatus;
}
/**
 * What the platform team declares.
 */
export interface VSphereServerSpec {
  /**
   * Address of the server, `https://host[:port]`; the path `/sdk` may be added. It may change, for example when the server gets another name: what identifies the server is its instance UUID.
   */
  url: string;
  /**
   * Fingerprint of the server's certificate, SHA-256 (or SHA-1), hex with colons. With it no CA is asked: exactly this certificate is trusted. Without thumbprint and caBundle the system's CAs decide.
   */
  thumbprint?: string;
  /**
   * Certificates, PEM, of the CAs that may have signed the server's certificate.
   */
  caBundle?: string;
  credentialsSecretRef: VSphereServerSpecCredentialsSecretRef;
  /**
   * Name of the datacenter, or its path below the root folder where several have that name. May be left out where the server has only one.
   */
  datacenter?: string;
  /**
   * Who else may use what of this server. The server's own namespace may use everything that the credentials may; every other namespace nothing but what is listed here.
   */
  allow?: VSphereServerSpecAllow[];
}
/**
 * The Secret, in this namespace, with the keys `username` and `password`. It may be rotated at any time.
 */
export interface VSphereServerSpecCredentialsSecretRef {
  /**
   * Name of the Secret.
   */
  name: string;
}
export interface VSphereServerSpecAllow {
  /**
   * The namespaces that this entry speaks of, by name.
   */
  namespaces: string[];
  /**
   * The datastores, or directories of them, in which they may keep images, volumes and containers.
   */
  datastores?: VSphereServerSpecAllowDatastore[];
  /**
   * Clusters, hosts or resource pools in which they may place VirtualContainerHosts, as `spec.compute` of those names them.
   */
  pools?: string[];
  /**
   * Names of port groups that they may use, and of switches on which they may have port groups made.
   */
  networks?: string[];
}
export interface VSphereServerSpecAllowDatastore {
  /**
   * Name of the datastore.
   */
  name: string;
  /**
   * Only this directory and what is below it. Empty, the default, is the whole datastore. Default: "".
   */
  pathPrefix: string;
}
/**
 * What the operator found.
 */
export interface VSphereServerStatus {
  /**
   * What is known about this object, one entry per aspect.
   */
  conditions?: Condition[];
  /**
   * The metadata.generation that was last acted on.
   */
  observedGeneration?: number;
  /**
   * Version of the server, for example 8.0.3.
   */
  version?: string;
  /**
   * Build number of the server.
   */
  build?: string;
  apiType?: VSphereServerStatusApiType;
  /**
   * What identifies the server, whatever its address is.
   */
  instanceUuid?: string;
  /**
   * Path below the root folder of the datacenter in use, as vSphere stores it.
   */
  datacenter?: string;
  capabilities?: VSphereServerStatusCapabilities;
}
/**
 * What the server can do; later decisions rest on it.
 */
export interface VSphereServerStatusCapabilities {
  /**
   * At least one cluster has DRS switched on.
   */
  drs: boolean;
  /**
   * vApps can be made (vCenter, and DRS or a host that is in no cluster).
   */
  vApps: boolean;
  /**
   * There is at least one distributed switch.
   */
  distributedSwitches: boolean;
  /**
   * Inventory folders can be made (vCenter).
   */
  folders: boolean;
  /**
   * Objects can bear custom attributes (vCenter).
   */
  customAttributes: boolean;
}
