/** A condition as Kubernetes' API conventions define it (metav1.Condition). */
export interface Condition {
  /** The aspect, an adjective such as `Ready`. */
  type: string;
  /** Whether it holds. */
  status: "True" | "False" | "Unknown";
  /** The `metadata.generation` that this entry speaks of. */
  observedGeneration?: number;
  /** When `status` changed last, RFC 3339. */
  lastTransitionTime: string;
  /** Why, in one word that programs may compare: see conditions.ts. */
  reason: string;
  /** Why, and what to do about it, for people. It must not flap: no times, lists sorted. */
  message: string;
}
