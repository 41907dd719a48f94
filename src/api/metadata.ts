// Finalizers, labels, annotations and field managers that we write or obey.

/** On each of our objects before anything is made for it outside the API server. */
export const FINALIZER = "vic.dev/finalizer";

/** On a Secret that somebody uses, so that credentials outlive what must be cleaned up with them. */
export const IN_USE_FINALIZER = "vic.dev/in-use";

/**
 * On a ContainerVM with `spec.autoRemove` whose output somebody is attached to: whoever reads it takes it off when all is read. The operator takes it off
 * itself when that takes too long.
 */
export const OUTPUT_FINALIZER = "vic.dev/output";

export const ANNOTATIONS = {
  /** Any value but `false` pauses the object: nothing of it is converged, deletion included. */
  paused: "vic.dev/paused",
  /** `true` on an object that is being deleted: let go although vSphere can't be cleaned up; a condition and an event say what is left. */
  forceDelete: "vic.dev/force-delete",
  /** On a ContainerVM that Docker made: the random word by which its ContainerName knows it before anybody knows its UID. */
  nameHolder: "vic.dev/name-holder",
  /** On a ContainerVM that Docker made: when, RFC 3339 with a fraction, which `creationTimestamp` lacks. */
  createdAt: "vic.dev/created-at",
  /** On a ContainerVM: id of a VM that was left without its ContainerVM, which it is to be from now on. */
  adopt: "vic.dev/adopt",
  /** On an event: JSON, what Docker's `events` shows, `{"type","action","id","attributes"}`. */
  dockerEvent: "vic.dev/docker-event",
} as const;

export const LABELS = {
  /** Name of the VirtualContainerHost, on ContainerVMs and on ContainerImages that the operator made. */
  host: "vic.dev/host",
  /** `docker`, on a ContainerVM or ContainerImage that the Docker API made. */
  origin: "vic.dev/origin",
  /** `true` on a ContainerImage whose reference means another, newer one by now. */
  superseded: "vic.dev/superseded",
} as const;

/** Field managers (server-side apply): who owns what. */
export const FIELD_MANAGERS = {
  operator: "vic-operator",
  console: "vic-console",
  gateway: "vic-gateway",
} as const;
