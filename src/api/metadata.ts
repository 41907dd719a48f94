// Finalizers, labels, annotations and field managers that we write or obey.

/** On each of our objects before anything is made for it outside the API server. */
export const FINALIZER = "vic.dev/finalizer";

/** On a Secret that somebody uses, so that credentials outlive what must be cleaned up with them. */
export const IN_USE_FINALIZER = "vic.dev/in-use";

export const ANNOTATIONS = {
  /** Any value but `false` pauses the object: nothing of it is converged, deletion included. */
  paused: "vic.dev/paused",
  /** `true` on an object that is being deleted: let go although vSphere can't be cleaned up; a condition and an event say what is left. */
  forceDelete: "vic.dev/force-delete",
} as const;

export const LABELS = {
  /** Name of the VirtualContainerHost, on ContainerVMs and on ContainerImages that the operator made. */
  host: "vic.dev/host",
} as const;

/** Field managers (server-side apply): who owns what. */
export const FIELD_MANAGERS = {
  operator: "vic-operator",
  console: "vic-console",
} as const;
