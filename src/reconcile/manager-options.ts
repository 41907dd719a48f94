import type { Logger } from "pino";
import type { KubeClient } from "../kube/client.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Informers } from "../kube/informer.ts";
import type { Metrics } from "./metrics.ts";

/** What a manager gives to all its controllers. */
export interface ManagerOptions {
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Owner of the fields that reconciles write. */
  readonly fieldManager: string;
  readonly concurrency: number;
  /** Whether this process says in the status that an object is paused; one role of all that reconcile a kind should. */
  readonly reportPaused: boolean;
}
