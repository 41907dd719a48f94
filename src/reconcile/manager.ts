import { FairLimiter } from "../fairness/limiter.ts";
import { LeaseLostError } from "../kube/election.ts";
import type { KubeObject } from "../kube/object.ts";
import type { ControllerHandle, ControllerSpec } from "./controller.ts";
import type { ManagerOptions } from "./manager-options.ts";
import { aborted, ControllerRunner } from "./runner.ts";

/** Runs controllers. Give the specs first, then {@link Manager.run}. */
export interface Manager {
  add<T extends KubeObject>(spec: ControllerSpec<T>): ControllerHandle;
  /**
   * Waits for the caches, starts sources and workers, and runs until the signal aborts; then stops sources, and lets
   * running reconciles finish for at most `drainMs` (default 30 s) before their own signals abort. Where the lease was
   * lost they abort at once: another process leads already.
   */
  run(signal: AbortSignal, drainMs?: number): Promise<void>;
}

/**
 * Writes to the API server at a time. More of them are answered later, not faster: they'd only wait in the server, where
 * all are one client's and a crowd's come before the one of who asks for little.
 */
const maxWrites = 4;

const defaultDrainMs = 30_000;

/** A manager without controllers yet. */
export function createManager(options: ManagerOptions): Manager {
  const writers = new FairLimiter(maxWrites);
  const runners: Pick<ControllerRunner<KubeObject>, "name" | "run">[] = [];
  return {
    add(spec) {
      if (runners.some((runner) => runner.name === spec.name)) {
        throw new Error(`two controllers are named ${spec.name}`);
      }
      const runner = new ControllerRunner(spec, options, writers);
      runners.push(runner);
      return runner;
    },
    async run(signal, drainMs = defaultDrainMs) {
      options.informers.start();
      try {
        await options.informers.synced(signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      options.log.info("caches are complete, starting workers");
      const drain = (): number => (signal.reason instanceof LeaseLostError ? 0 : drainMs);
      await Promise.all([aborted(signal), ...runners.map((runner) => runner.run(signal, drain))]);
    },
  };
}
