import type { GatewayConfig } from "../config.ts";
import { startGateway } from "../docker/index.ts";
import { createLogger } from "../log.ts";
import { runRole } from "./process.ts";
import { openRuntime } from "./runtime.ts";
import { packageVersion } from "./version.ts";

/** Runs `vic gateway` until the process is told to stop. */
export async function runGateway(config: GatewayConfig): Promise<void> {
  const log = createLogger(config.logLevel);
  await runRole(log, async (signal) => {
    const runtime = await openRuntime(config, "gateway", log);
    const { client, informers, events, access } = runtime;
    const { dockerListen, dockerAddress, console, identity } = config;
    try {
      const running = await startGateway({
        client,
        informers,
        events,
        log,
        namespace: config.namespace ?? access.namespace,
        identity,
        version: packageVersion(),
        dockerListen,
        dockerAddress,
        console,
      });
      try {
        informers.start();
        await aborted(signal);
      } finally {
        await running.close();
      }
    } finally {
      await runtime.close();
    }
  });
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
