import type { Logger } from "pino";

/**
 * Runs a role until it ends by itself or the process is told to stop (SIGTERM, SIGINT): the signal given to it aborts
 * then. A second such signal ends the process at once. What the role throws is logged and becomes exit status 1. So does
 * what nobody catches, and at once: what state it left is unknown, and a process that starts anew finds its way.
 */
export async function runRole(
  log: Logger,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (stopping.signal.aborted) process.exit(130);
    log.info({ signal: name }, "stopping");
    stopping.abort(new Error(`stopped by ${name}`));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  const crash = (error: unknown): void => {
    log.fatal({ err: error }, "ended by an error that nobody caught");
    process.exit(1);
  };
  process.on("unhandledRejection", crash);
  process.on("uncaughtException", crash);
  try {
    await run(stopping.signal);
    log.info("stopped");
  } catch (error) {
    if (!stopping.signal.aborted) {
      log.fatal({ err: error }, "ended by an error");
      process.exitCode = 1;
    }
  } finally {
    // Connections that don't close must not keep a process that has lost its lease, or that somebody waits for.
    setTimeout(() => process.exit(), lingerMs).unref();
  }
}

const lingerMs = 3_000;
