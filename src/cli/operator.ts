import { FIELD_MANAGERS } from "../api/metadata.ts";
import { formatHostPort, type OperatorConfig } from "../config.ts";
import { registerControllers } from "../controllers/index.ts";
import { LeaseLostError, runElected } from "../kube/election.ts";
import { createLogger } from "../log.ts";
import { createManager } from "../reconcile/manager.ts";
import { connect } from "../vsphere/index.ts";
import { readInstallation } from "./cluster.ts";
import { runRole } from "./process.ts";
import { openRuntime } from "./runtime.ts";

const leaseName = "vic-operator";

/** Runs `vic operator` until the process is told to stop, or the lease is lost. */
export async function runOperator(config: OperatorConfig): Promise<void> {
  const log = createLogger(config.logLevel);
  await runRole(log, async (signal) => {
    const runtime = await openRuntime(config, "operator", log);
    const { client, informers, metrics, events, access } = runtime;
    const namespace = config.namespace ?? access.namespace;
    try {
      const installation = await readInstallation(client, log, signal);
      const manager = createManager({
        client,
        informers,
        events,
        metrics,
        log,
        fieldManager: FIELD_MANAGERS.operator,
        concurrency: config.concurrency,
        reportPaused: true,
      });
      const controllers = registerControllers(manager, {
        client,
        informers,
        log,
        installation,
        guestIsoFile: config.guestIso,
        consoleAddress: formatHostPort(config.consoleAddress),
        serialAddress: formatHostPort(config.serialAddress),
        gatewayAddress: config.gatewayAddress.host,
        gatewayPort: config.gatewayAddress.port,
        connect: (options, stop) => connect({ ...options, maxTasks: config.vsphereTasks }, stop),
        namespace,
      });
      // A standby keeps its caches warm, so that it takes over within a retry of the election.
      informers.start();
      const election = {
        client,
        log,
        namespace,
        name: leaseName,
        identity: config.identity,
        onChange: (leading: boolean) => metrics.setLeading(leaseName, leading),
      };
      await runElected(election, signal, async (leading) => {
        const fence = (): void => {
          // Somebody else acts by now: what we have begun must call vSphere no more.
          if (leading.reason instanceof LeaseLostError) void controllers.close();
        };
        leading.addEventListener("abort", fence, { once: true });
        try {
          await manager.run(leading);
        } finally {
          await controllers.close();
        }
      });
    } finally {
      await runtime.close();
    }
  });
}
