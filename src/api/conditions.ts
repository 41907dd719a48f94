// Types and reasons of conditions, all that the operator ever writes. Reasons of events are the same words. A reason is
// part of the API: programs compare it, docs/api/conditions.md explains it from the comments here.

/** Types of conditions. Adjectives; True is the good case, except for Reconciling, Stalled and Paused. */
export const CONDITIONS = {
  /** Everything that was asked for is so. `kubectl wait --for=condition=Ready` waits for this one. */
  Ready: "Ready",
  /** Work is going on (kstatus). */
  Reconciling: "Reconciling",
  /** It won't get better by itself: somebody has to change something (kstatus). It is tried again rarely, if at all. */
  Stalled: "Stalled",
  /** The annotation vic.dev/paused holds all work. */
  Paused: "Paused",
  /** VSphereServer: it answers, and its certificate is the expected one. */
  Reachable: "Reachable",
  /** VSphereServer: the credentials are accepted. */
  Authenticated: "Authenticated",
  /** VSphereServer: the account has what it needs on the objects that container hosts and volume stores name; the message lists what is missing. Ready doesn't depend on it. */
  Privileged: "Privileged",
  /** VirtualContainerHost, VolumeStore: the VSphereServer is Ready and lets this namespace use it. */
  ServerReachable: "ServerReachable",
  /** VirtualContainerHost: its vApp, resource pool or folder exists, with the limits asked for where it can have any. */
  ComputeReady: "ComputeReady",
  /** VirtualContainerHost: image store and ISO are in place, and the volume stores are Ready. */
  StorageReady: "StorageReady",
  /** VirtualContainerHost: the port groups exist. */
  NetworkReady: "NetworkReady",
  /** VirtualContainerHost: the worker's agent has reported, or no work asks for it. */
  WorkerReady: "WorkerReady",
  /** ContainerImage: reference, digest, configuration and layers are known. */
  Resolved: "Resolved",
  /** ContainerImage: every disk of the chain is filled and sealed. */
  Unpacked: "Unpacked",
  /** ContainerVM: its image is Ready. */
  ImageReady: "ImageReady",
  /** ContainerVM: its VM exists. */
  Created: "Created",
  /** ContainerVM: the name under which Docker tools know it is its own. */
  NameHeld: "NameHeld",
  /** VirtualContainerHost: certificates for Docker tools and the gateway are made. */
  DockerReady: "DockerReady",
} as const;

export type ConditionType = (typeof CONDITIONS)[keyof typeof CONDITIONS];

/** Reasons, each for one cause that a person would handle in one way. */
export const REASONS = {
  // Everywhere
  /** All is as asked. */
  Available: "Available",
  /** Work is going on; the message says which. */
  Progressing: "Progressing",
  /** It was never looked at whole; the message says what isn't known yet. */
  Reconciling: "Reconciling",
  /** The annotation vic.dev/paused holds all work. */
  Paused: "Paused",
  /** Being deleted; the message says what is still in the way. */
  Deleting: "Deleting",
  /** Deletion waits for containers or volumes (deletionPolicy Protect), or for a stranger's things in ours; the message names them. */
  DeletionBlocked: "DeletionBlocked",
  /** Deletion went on without cleaning up; the message names what is left. */
  Abandoned: "Abandoned",
  /** A call failed in a way that has no name; it is tried again. */
  InternalError: "InternalError",
  /** A vSphere call failed; the message has the fault. It is tried again. */
  VSphereFault: "VSphereFault",

  // VSphereServer
  /** No connection: name, address, port or network is wrong, or the server is down. */
  Unreachable: "Unreachable",
  /** The certificate isn't the one that thumbprint or caBundle demand. */
  CertificateRejected: "CertificateRejected",
  /** The Secret doesn't exist or lacks a key. */
  CredentialsMissing: "CredentialsMissing",
  /** User name or password is wrong, or the account is locked. It isn't tried again before the Secret changes, except rarely. */
  CredentialsRejected: "CredentialsRejected",
  /** The account may not do what is needed; the message names the privilege, the object and the account. It is tried again every half minute. */
  PermissionDenied: "PermissionDenied",
  /** There is no datacenter of this name, or there are several and the spec names none. */
  DatacenterNotFound: "DatacenterNotFound",
  /** The server is too old, or lacks what is needed. */
  Unsupported: "Unsupported",

  // What refers to a VSphereServer
  /** There is no VSphereServer of this name. */
  ServerNotFound: "ServerNotFound",
  /** The VSphereServer isn't Ready. */
  ServerNotReady: "ServerNotReady",
  /** The VSphereServer's `spec.allow` doesn't permit this namespace what the spec asks for; the message says what. */
  NotAllowed: "NotAllowed",
  /** There is no datastore of this name. */
  DatastoreNotFound: "DatastoreNotFound",
  /** The datastore can't be used now: not accessible, or in maintenance. */
  DatastoreUnavailable: "DatastoreUnavailable",
  /** Nothing can be kept on datastores of this type yet; the message names it. */
  DatastoreUnsupported: "DatastoreUnsupported",
  /** The datastore is full. */
  DatastoreFull: "DatastoreFull",
  /** The directory belongs to another owner; the message names it. */
  PathOwned: "PathOwned",
  /** The directory is, lies in, or lies around the directory of another object; the message names it. */
  PathNested: "PathNested",

  // VirtualContainerHost
  /** There is no such cluster, resource pool or host. */
  ComputeNotFound: "ComputeNotFound",
  /** A thing of this name exists, in vSphere or as a Secret, and isn't ours; the message names it. */
  NameClash: "NameClash",
  /** What spec.adopt names was taken over from another installation, or a VM that was there became a ContainerVM's again. */
  Adopted: "Adopted",
  /** It has a vApp of its own by now, so that it can't take over another one; the message says what to do. */
  AdoptionConflict: "AdoptionConflict",
  /** A VM of ours has no ContainerVM, and says too little for one to be made again. It stays as it is. */
  NotAdopted: "NotAdopted",
  /** The cluster has no DRS: nothing bounds the CPU and memory that all containers use together, though the spec asks for it. */
  LimitsNotKept: "LimitsNotKept",
  /** There is no such port group or switch. */
  NetworkNotFound: "NetworkNotFound",
  /** An older VirtualContainerHost has this VLAN or port group for its bridge; the message names it. */
  NetworkTaken: "NetworkTaken",
  /** There is no VolumeStore of this name in this namespace. */
  VolumeStoreNotFound: "VolumeStoreNotFound",
  /** A VolumeStore isn't Ready. */
  VolumeStoreNotReady: "VolumeStoreNotReady",
  /** The guest ISO is missing or damaged where the operator runs. */
  IsoUnavailable: "IsoUnavailable",
  /** The worker VM didn't start, or its agent didn't report. */
  WorkerFailed: "WorkerFailed",
  /** Docker tools need no certificate (`spec.docker.tls.mode` None): whoever reaches the port controls the host. */
  Insecure: "Insecure",
  /** Neither a port nor a server name says where Docker tools find it. */
  NotExposed: "NotExposed",
  /** An older VirtualContainerHost has this port or server name; the message names it. */
  EndpointTaken: "EndpointTaken",
  /** The Secret with the certificate authority, which somebody else made, can't be used. */
  AuthorityInvalid: "AuthorityInvalid",

  // What refers to a VirtualContainerHost
  /** There is no VirtualContainerHost of this name in this namespace. */
  HostNotFound: "HostNotFound",
  /** The VirtualContainerHost isn't Ready. */
  HostNotReady: "HostNotReady",
  /** The host's quota (`spec.quota`) has no room; the message says of what. It goes on when another container ends or goes. */
  QuotaExceeded: "QuotaExceeded",

  // ContainerImage
  /** The reference can't be read. Another one is needed. */
  InvalidReference: "InvalidReference",
  /** The host's `spec.registries.allow` doesn't have the image's registry. */
  RegistryNotAllowed: "RegistryNotAllowed",
  /** The image has no variant for linux/amd64, or isn't a container image. */
  UnsupportedImage: "UnsupportedImage",
  /** The registry has no such image. */
  ImageNotFound: "ImageNotFound",
  /** The registry wants other credentials. */
  RegistryUnauthorized: "RegistryUnauthorized",
  /** A Secret for registries (`pullSecretRef`, `caSecretRef`) can't be read. */
  RegistrySecretInvalid: "RegistrySecretInvalid",
  /** The registry doesn't answer. It is tried again. */
  RegistryUnreachable: "RegistryUnreachable",
  /** Nobody vouches for the registry's certificate. */
  RegistryUntrusted: "RegistryUntrusted",
  /** The registry answers with an error. It is tried again. */
  RegistryFailed: "RegistryFailed",
  /** Manifest or configuration isn't what the specification of images allows. */
  ManifestInvalid: "ManifestInvalid",
  /** A blob isn't what its digest says. */
  DigestMismatch: "DigestMismatch",
  /** A layer's content isn't what the image's configuration says. */
  DiffIDMismatch: "DiffIDMismatch",
  /** A layer is no archive that can be read. */
  LayerCorrupt: "LayerCorrupt",
  /** A layer would write outside its directory. */
  PathEscapes: "PathEscapes",
  /** A layer doesn't fit onto its disk. */
  NoSpace: "NoSpace",
  /** The worker doesn't see the disk. */
  DiskMissing: "DiskMissing",
  /** The connection to the worker broke while a disk was being filled. It is tried again. */
  LinkBroken: "LinkBroken",
  /** Filling a disk failed in another way; the message says how. */
  UnpackFailed: "UnpackFailed",

  // ContainerVM
  /** The image isn't Ready. */
  ImageNotReady: "ImageNotReady",
  /** There is no network of this name in the VirtualContainerHost. */
  UnknownNetwork: "UnknownNetwork",
  /** The VirtualContainerHost's range has no free address. */
  AddressesExhausted: "AddressesExhausted",
  /** The bridge's port group has no free port. One of the host's own gets more; give a given one more in vSphere, or let it grow by itself. */
  PortsExhausted: "PortsExhausted",
  /** The VM is being created. */
  Creating: "Creating",
  /** The VM is powered on and its process hasn't started yet. */
  Starting: "Starting",
  /** The VM has been on for five minutes, and its guest hasn't started the process. */
  Unresponsive: "Unresponsive",
  /** The process runs. */
  Running: "Running",
  /** It was asked to stop. */
  Stopping: "Stopping",
  /** It has ended, and its restart policy starts it again in a moment. */
  Restarting: "Restarting",
  /** It exists, was never started and shall not be. */
  Stopped: "Stopped",
  /** The process ended with 0. */
  Completed: "Completed",
  /** The process ended with another exit code. */
  Exited: "Exited",
  /** Image and spec name nothing to run. */
  NoCommand: "NoCommand",
  /** Command, environment and networks are more than a guest can be told: 64 KiB. */
  ConfigTooLarge: "ConfigTooLarge",
  /** What shall run doesn't exist in the image. */
  EntrypointNotFound: "EntrypointNotFound",
  /** What shall run may not be executed. */
  EntrypointNotExecutable: "EntrypointNotExecutable",
  /** The process couldn't be started for another reason; the message says which. */
  StartFailed: "StartFailed",
  /** The guest's agent failed, and its container with it; the message has its last words. */
  GuestFailed: "GuestFailed",
  /** vSphere takes no report from the guest, which so started nothing: `guestinfo` has no room for one. */
  ReportRefused: "ReportRefused",
  /** The VM was powered off from outside, before its process had ended. */
  PoweredOff: "PoweredOff",
  /** The VM's ESXi host failed, or its VM process did, before the container's process had ended. */
  HostFailed: "HostFailed",
  /** The VM was reset while its process ran: its kernel panicked, or somebody reset it. */
  Reset: "Reset",
  /** The process didn't stop in time, or was told to be killed. */
  Killed: "Killed",
  /** Memory ran out. */
  OOMKilled: "OOMKilled",
  /** The VM vanished from vSphere. */
  VMDeleted: "VMDeleted",
  /** The VM was unregistered in vSphere; its files are there. Register it again, or delete the ContainerVM. */
  VMUnregistered: "VMUnregistered",

  /** The VM stands outside the host's vApp, so that it isn't this container's any more. Move it back, or delete the ContainerVM, which leaves it alone. */
  VMMoved: "VMMoved",
  /** The VM was made a template. Make it a VM in the host's vApp again, or delete the ContainerVM, which leaves it alone. */
  VMTemplate: "VMTemplate",
  /** The VM is suspended in vSphere. A start resumes it, a stop cuts its power. */
  Suspended: "Suspended",
  /** vCenter can't read the VM's files: its datastore isn't there. What the status says is what was known last. */
  VMInaccessible: "VMInaccessible",
  /** vCenter has no connection to the VM's ESXi host. What the status says is what was known last. */
  VMDisconnected: "VMDisconnected",

  /** The name is its own. */
  Held: "Held",
  /** Another container of the host has the name: Docker tools know this one by its id alone. */
  NameConflict: "NameConflict",

  // Events alone
  /** Something was made in vSphere: a VM, or a part of a VirtualContainerHost. */
  Created: "Created",
  /** Something of a VirtualContainerHost that had gone in vSphere was made again. */
  Repaired: "Repaired",
  /** Something in vSphere was set as the spec asks. */
  Updated: "Updated",
  /** A directory on a datastore was claimed. */
  Claimed: "Claimed",
  /** What was made in vSphere for the object is deleted. */
  Deleted: "Deleted",
  /** The worker VM was made, or powered on, since images wait for it. */
  WorkerStarted: "WorkerStarted",
  /** The worker VM was taken away: nothing needed it, or it is to be made anew. */
  WorkerStopped: "WorkerStopped",
  /** The registry told digest and layers of the image. */
  Resolved: "Resolved",
  /** Every disk of the image is filled and sealed. */
  Unpacked: "Unpacked",
  /** The process of the container has started. */
  Started: "Started",
  /** A Docker client pulled an image. */
  Pulled: "Pulled",
  /** A Docker client gave an image another name. */
  Tagged: "Tagged",
  /** A Docker client took a name away from an image, or removed it. */
  Untagged: "Untagged",
  /** Docker tools know the container by another name now. */
  Renamed: "Renamed",
  /** The VM was powered on from outside. */
  PoweredOn: "PoweredOn",
} as const;

export type Reason = (typeof REASONS)[keyof typeof REASONS];
