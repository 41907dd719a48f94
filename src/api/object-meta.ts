/** Another object that this one depends on (metav1.OwnerReference). */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** The metadata of an object as it is read from the API server (metav1.ObjectMeta), as far as it concerns us. */
export interface ObjectMeta {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  /** Counts changes of the specification; conditions and `status.observedGeneration` refer to it. */
  generation: number;
  /** RFC 3339, in seconds. */
  creationTimestamp: string;
  /** RFC 3339; present once the object is being deleted. */
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}
