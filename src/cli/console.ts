import { FIELD_MANAGERS } from "../api/metadata.ts";
import type { ConsoleConfig } from "../config.ts";
import { startConsole } from "../console/index.ts";
import { createLogger } from "../log.ts";
import { createManager } from "../reconcile/manager.ts";
import { runRole } from "./process.ts";
import { openRuntime } from "./runtime.ts";

/** Runs `vic console` until the process is told to stop. */
export async function runConsole(config: ConsoleConfig): Promise<void> {
  const log = createLogger(config.logLevel);
  await runRole(log, async (signal) => {
    const runtime = await openRuntime(config, "console", log);
    const { client, informers, metrics, events, access } = runtime;
    try {
      const manager = createManager({
        client,
        informers,
        events,
        metrics,
        log,
        fieldManager: FIELD_MANAGERS.console,
        concurrency: config.concurrency,
        reportPaused: false,
      });
      const running = await startConsole({
        client,
        informers,
        manager,
        log,
        listen: config.consoleListen,
        serialListen: config.serialListen,
        apiListen: config.apiListen,
        peers: config.peers,
        namespace: config.namespace ?? access.namespace,
      });
      try {
        await manager.run(signal);
      } finally {
        await running.close();
      }
    } finally {
      await runtime.close();
    }
  });
}
