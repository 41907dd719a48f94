import type { Kind } from "./kind.ts";
import type { KubeObject } from "./object.ts";

export interface EventInput {
  readonly type: "Normal" | "Warning";
  /** PascalCase; the same as the reason of the condition that tells of it. */
  readonly reason: string;
  /** What was done or tried, in UpperCamelCase, such as `CreateVM`. */
  readonly action: string;
  /** For people; cut at 1024 bytes. */
  readonly note: string;
}

/**
 * Writes events.k8s.io/v1 Events about objects: equal ones become one Event with a series, and each object has a budget.
 * Never throws and never makes the caller wait: events are best effort.
 */
export interface EventRecorder {
  record<T extends KubeObject>(kind: Kind<T>, regarding: T, event: EventInput): void;
  /** Writes what waits, then stops; gives up after `timeoutMs`. */
  close(timeoutMs?: number): Promise<void>;
}
