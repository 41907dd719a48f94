import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { FIELD_MANAGERS } from "../../../src/api/metadata.ts";
import { readInstallation } from "../../../src/cli/cluster.ts";
import { type ControllerOptions, registerControllers } from "../../../src/controllers/index.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { createEventRecorder } from "../../../src/kube/event-recorder.ts";
import { createKubeClient } from "../../../src/kube/http-client.ts";
import { loadKubeconfig } from "../../../src/kube/kubeconfig.ts";
import { createInformers } from "../../../src/kube/shared-informers.ts";
import { createManager } from "../../../src/reconcile/manager.ts";
import { Metrics } from "../../../src/reconcile/metrics.ts";

/** An operator in this process. */
export interface TestOperator {
  readonly client: KubeClient;
  /** All lines that it logged. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** Starts the controllers as `vic operator` does, but for the election. */
export async function startOperator(
  kubeconfig: string,
  options: Partial<ControllerOptions> = {},
): Promise<TestOperator> {
  const lines: string[] = [];
  const log = pino(
    { level: process.env["VIC_TEST_LOG"] ?? "info" },
    {
      write: (line: string) => {
        lines.push(line);
        if (process.env["VIC_TEST_LOG"]) process.stderr.write(line);
      },
    },
  );
  const access = await loadKubeconfig(kubeconfig);
  const client = createKubeClient(access, "vic-operator/test");
  const informers = createInformers(client, log);
  const events = createEventRecorder({
    client,
    log,
    controller: "vic.dev/operator",
    instance: "test",
  });
  const metrics = new Metrics();
  const abort = new AbortController();
  const directory = await mkdtemp(path.join(tmpdir(), "vic-iso-"));
  const guestIsoFile = path.join(directory, "vic.iso");
  await writeFile(guestIsoFile, "not an ISO: simulated guests don't boot");
  const manager = createManager({
    client,
    informers,
    events,
    metrics,
    log,
    fieldManager: FIELD_MANAGERS.operator,
    concurrency: 20,
    reportPaused: true,
  });
  const controllers = registerControllers(manager, {
    client,
    informers,
    log,
    installation: await readInstallation(client, log, abort.signal),
    guestIsoFile,
    consoleAddress: "10.118.0.1:2377",
    serialAddress: "127.0.0.1:2378",
    gatewayAddress: "127.0.0.1",
    namespace: "default",
    ...options,
  });
  const running = manager.run(abort.signal, 5000);
  return {
    client,
    log: lines,
    async stop() {
      abort.abort(new Error("the test is over"));
      await running;
      await controllers.close();
      await events.close();
      await informers.stop();
      await client.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
