import type { ContainerVM, ContainerVMStatus } from "../../../api/containervm.gen.ts";
import { CONDITIONS } from "../../../api/conditions.ts";
import { shownName } from "../../../api/docker-name.ts";
import { DockerError } from "../../errors.ts";
import type { Judge, Sight } from "./waits.ts";
import { refusalOf } from "../wishes/quota.ts";
import { startError } from "../state/start-error.ts";
import { whyGone } from "../state/state.ts";

/** What tells one run of a container from the next. */
export interface RunMark {
  readonly starts: number;
  readonly run: number;
  readonly exitAt: string | undefined;
}

/** The mark of the run that a container has, or had last. */
export const markOf = ({ status }: ContainerVM): RunMark => ({
  starts: status?.starts ?? 0,
  run: status?.run ?? 0,
  exitAt: status?.exit?.at,
});

/** Whether it has run, or tried to, since the mark was taken. */
export function hasRunSince(mark: RunMark, { status }: ContainerVM): boolean {
  if ((status?.starts ?? 0) > mark.starts || (status?.run ?? 0) > mark.run) return true;
  return status?.exit?.at !== undefined && status.exit.at !== mark.exitAt;
}

const isServed = (seq: number, status: ContainerVMStatus | undefined): boolean =>
  (status?.request ?? 0) >= seq;

/**
 * Waits for a start that was asked for: done once the process runs, or has run.
 *
 * @param mark taken before it was asked for
 * @throws DockerError with the guest's text where the process couldn't be started
 */
export const started =
  (seq: number, mark: RunMark): Judge<true> =>
  ({ container, gone }) => {
    const { status } = container;
    const ran = hasRunSince(mark, container);
    // One that is removed when it ends may be gone before anybody has looked.
    if (gone || container.metadata.deletionTimestamp !== undefined) {
      if (status?.state === "Failed" && ran) throw startError(container);
      if (ran && container.spec.autoRemove) return true;
      if (gone) throw new DockerError(409, `container ${shownName(container)} was removed`);
    }
    if (!isServed(seq, status)) return stalled(container);
    switch (status?.state) {
      case "Running":
      case "Stopping":
      case "Restarting":
        return true;
      case "Exited":
        return ran ? true : undefined;
      case "Failed":
        if (ran) throw startError(container);
        return undefined;
      case "Gone":
        throw new DockerError(500, whyGone(container));
      default:
        return stalled(container);
    }
  };

/** Waits for a stop that was asked for: done once nothing runs any more. */
export const stopped =
  (seq: number): Judge<true> =>
  ({ container, gone }) => {
    if (gone) return true;
    const { status } = container;
    if (!isServed(seq, status)) return undefined;
    return isOver(container) ? true : undefined;
  };

/** Waits until the resource is gone. */
export const removed = ({ gone }: Sight): true | undefined => (gone ? true : undefined);

/** Whether no process runs, nor will by itself. */
export function isOver({ status }: ContainerVM): boolean {
  switch (status?.state) {
    case "Running":
    case "Starting":
    case "Stopping":
    case "Suspended":
    case "Restarting":
      return false;
    default:
      return true;
  }
}

/** What won't get better by itself isn't waited for. */
function stalled(container: ContainerVM): undefined {
  const { status, metadata } = container;
  const refusal = refusalOf(container);
  if (refusal) throw refusal;
  const condition = status?.conditions?.find(({ type }) => type === CONDITIONS.Stalled);
  const isCurrent = condition?.observedGeneration === metadata.generation;
  if (condition?.status !== "True" || !isCurrent) return undefined;
  throw new DockerError(500, `${condition.reason}: ${condition.message}`);
}
