import { flushCompileCache } from "node:module";
import type { Logger } from "pino";
import type { RoleConfig } from "../config.ts";
import type { ClusterAccess } from "../kube/access.ts";
import type { KubeClient } from "../kube/client.ts";
import { createEventRecorder } from "../kube/event-recorder.ts";
import type { EventRecorder } from "../kube/events.ts";
import { createKubeClient } from "../kube/http-client.ts";
import type { Informers } from "../kube/informer.ts";
import { createInformers } from "../kube/shared-informers.ts";
import { serveHealth } from "../reconcile/health.ts";
import { Metrics } from "../reconcile/metrics.ts";
import { loadAccess } from "./cluster.ts";
import { returnSpareHeap } from "./spare-heap.ts";
import { packageVersion } from "./version.ts";

/** What every role needs to speak to Kubernetes and to be watched. */
export interface Runtime {
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
  close(): Promise<void>;
}

/** Opens what a role needs, and serves its health and metrics. Informers are made, not started. */
export async function openRuntime(config: RoleConfig, role: string, log: Logger): Promise<Runtime> {
  const access = await loadAccess(config.cluster);
  const client = createKubeClient(access, `vic-${role}/${packageVersion()}`);
  const informers = createInformers(client, log);
  const controller = `vic.dev/${role}`;
  const events = createEventRecorder({ client, log, controller, instance: config.identity });
  const metrics = new Metrics();
  const spareHeap = returnSpareHeap();
  const health = await serveHealth({
    ...config.metricsListen,
    registry: metrics.registry,
    ready: { caches: () => informers.hasSynced() },
  });
  // All is imported by now. Where NODE_COMPILE_CACHE is set, a process that is killed later leaves a useful cache too.
  flushCompileCache();
  log.info({ role, server: client.server, health: health.port }, "starting");
  return {
    access,
    client,
    informers,
    events,
    metrics,
    async close() {
      spareHeap[Symbol.dispose]();
      await events.close();
      await informers.stop();
      await health.close();
      await client.close();
    },
  };
}
