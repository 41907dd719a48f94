import type { ContainerImage } from "../api/containerimage.gen.ts";
import type { ContainerName } from "../api/containername.gen.ts";
import type { ContainerVM } from "../api/containervm.gen.ts";
import type { OwnerFile, VmMarker } from "../api/markers.ts";
import type { VirtualContainerHost } from "../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../api/volumestore.gen.ts";
import type { VSphereServer } from "../api/vsphereserver.gen.ts";
import type { Secret } from "../kube/core-kinds.ts";
import type { DatastoreEntry, ExistingDevice, MarkedObject, MoRef } from "../vsphere/index.ts";

// What `vic check` judges: all that Kubernetes and vSphere said, at one time. Nothing here is looked up later.

/** Every resource that has to do with vic-operator. */
export interface Resources {
  readonly servers: readonly VSphereServer[];
  readonly stores: readonly VolumeStore[];
  readonly hosts: readonly VirtualContainerHost[];
  readonly images: readonly ContainerImage[];
  readonly containers: readonly ContainerVM[];
  readonly names: readonly ContainerName[];
  readonly secrets: readonly Secret[];
}

/** A VM anywhere in a datacenter. */
export interface ObservedMachine {
  readonly ref: MoRef;
  readonly name: string;
  readonly instanceUuid: string | undefined;
  readonly vApp: MoRef | undefined;
  /** `[ds] dir/file.vmx`. */
  readonly path: string | undefined;
  readonly marker: VmMarker | undefined;
  /** Read of VMs with a marker only. */
  readonly devices: readonly ExistingDevice[] | undefined;
}

/** A directory named like one of our VMs that no VM is in: whose its configuration file says it was; undefined: it has none that says. */
export interface ObservedDirectory {
  readonly name: string;
  readonly installation: string | undefined;
}

/** An owner file, and the directory that it claims. */
export interface ObservedClaim {
  /** In its datastore, without slashes at the ends. */
  readonly path: string;
  /** Undefined: it can't be read as one. */
  readonly owner: OwnerFile | undefined;
  /** Everything below the directory; names are relative to it. */
  readonly entries: readonly DatastoreEntry[];
}

export interface ObservedDatastore {
  readonly name: string;
  readonly directories: readonly ObservedDirectory[];
  readonly claims: readonly ObservedClaim[];
}

/** A datacenter of a vCenter, however many VSphereServers lead to it. */
export interface Site {
  /** Keys of the VSphereServers. */
  readonly servers: readonly string[];
  readonly machines: readonly ObservedMachine[];
  readonly vApps: readonly MarkedObject[];
  readonly pools: readonly MarkedObject[];
  readonly folders: readonly MarkedObject[];
  /** Those of distributed switches. */
  readonly portGroups: readonly MarkedObject[];
  /** By name, those of standard switches: the ESXi hosts that have them. */
  readonly hostPortGroups: ReadonlyMap<string, readonly string[]>;
  readonly datastores: readonly ObservedDatastore[];
}

/** A VSphereServer, or a datastore of one, that couldn't be looked at, and why. */
export interface Unseen {
  readonly what: string;
  readonly why: string;
}

export interface Observed {
  /** Identity of the installation. */
  readonly installation: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Read before vSphere, and again after: what changed between proves nothing. */
  readonly before: Resources;
  readonly after: Resources;
  readonly sites: readonly Site[];
  readonly unseen: readonly Unseen[];
}
