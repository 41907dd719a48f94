import type { Logger } from "pino";
import type { KubeClient } from "../kube/client.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Informers } from "../kube/informer.ts";
import type { KubeObject } from "../kube/object.ts";
import type { ControllerHandle, ControllerSpec } from "./controller.ts";

export interface ManagerOptions {
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly log: Logger;
  /** Owner of the fields that reconciles write. */
  readonly fieldManager: string;
  readonly concurrency: number;
}

/** Runs controllers. Give the specs first, then {@link Manager.run}. */
export interface Manager {
  add<T extends KubeObject>(spec: ControllerSpec<T>): ControllerHandle;
  /**
   * Waits for the caches, starts sources and workers, and runs until the signal aborts; then stops sources, and lets
   * running reconciles finish for at most `drainMs` (default 30 s) before their own signals abort.
   */
  run(signal: AbortSignal, drainMs?: number): Promise<void>;
}
