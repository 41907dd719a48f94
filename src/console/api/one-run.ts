import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { ConsoleError } from "../client/console-client.ts";
import type { ContainerChanges } from "../runs/container-changes.ts";
import { lastRun } from "../runs/runs.ts";

/** @throws ConsoleError `NotRunning` */
export const notRunning = (id: string): ConsoleError =>
  new ConsoleError(409, "NotRunning", `Container ${id} is not running`);

/**
 * Does something with the guest of the run that goes on. Whoever waits for a line when the next run begins meant the one before: a kill
 * that came late would hit the wrong process.
 * @param use gets a signal that aborts then, too
 * @throws ConsoleError `NotRunning` where the next run began, or the container is gone
 */
export async function inThisRun<T>(
  containers: ContainerChanges,
  container: ContainerVM,
  signal: AbortSignal,
  use: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const run = lastRun(container);
  const [over, done] = [new AbortController(), new AbortController()];
  containers
    .until(container, (now) => now === undefined || lastRun(now) !== run, done.signal)
    .then(
      () => over.abort(new Error("the run is over")),
      () => {},
    );
  try {
    return await use(AbortSignal.any([signal, over.signal]));
  } catch (error) {
    throw over.signal.aborted ? notRunning(idOfContainer(container)) : error;
  } finally {
    done.abort();
  }
}
