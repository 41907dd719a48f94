/** Something that happened, as Docker's `events` shows it. */
export interface DockerEvent {
  readonly type: "container" | "image" | "network" | "volume";
  /** `kill`, `rename`, `attach`, `exec_create: sh` … */
  readonly action: string;
  /** A container's id, or an image's reference. */
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Where handlers put what happened by them alone; what the operator does it tells itself. */
export interface EventSink {
  /** Never fails and isn't waited for. */
  publish(event: DockerEvent): void;
}
