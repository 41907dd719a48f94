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
  /** Of the Event itself, for programs that select it. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** It is an Event of its own, whatever was told before, and needs no budget: for what programs count. */
  readonly distinct?: boolean;
}

/**
 * Writes events.k8s.io/v1 Events about objects: equal ones become one Event with a series, and each object has a budget. Times of a process's Events
 * never repeat, so that they tell the order.
 * Never throws and never makes the caller wait: events are best effort.
 */
export interface EventRecorder {
  record<T extends KubeObject>(kind: Kind<T>, regarding: T, event: EventInput): void;
  /** Writes what waits, then stops; gives up after `timeoutMs`. */
  close(timeoutMs?: number): Promise<void>;
}
