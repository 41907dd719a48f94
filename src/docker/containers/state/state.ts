import { CONDITIONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { startErrorOf } from "./start-error.ts";

/** A container's state in Docker's words. */
export interface DockerState {
  readonly status: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
  /** The process runs, or will again by itself. */
  readonly running: boolean;
  /** 0 where it never ended. */
  readonly exitCode: number;
  /** Why it couldn't be started. */
  readonly error: string;
}

/** Decides from the operator's status alone; a wish in the spec that isn't served yet changes nothing. */
export function stateOf(container: ContainerVM): DockerState {
  const { metadata, status } = container;
  const exitCode = status?.exit?.code ?? 0;
  const is = (state: DockerState["status"], running = false, error = ""): DockerState => ({
    status: state,
    running,
    exitCode,
    error,
  });
  if (metadata.deletionTimestamp !== undefined) return is("removing");
  switch (status?.state) {
    case "Running":
    case "Stopping":
      return { ...is("running", true), exitCode: 0 };
    case "Suspended":
      return { ...is("paused", true), exitCode: 0 };
    case "Restarting":
      return is("restarting", true);
    case "Starting":
      // Before the process runs Docker shows what it was before.
      return status.startedAt === undefined ? is("created") : is("exited");
    case "Exited":
      return is("exited");
    case "Failed":
      return is(
        status.startedAt === undefined ? "created" : "exited",
        false,
        startErrorOf(container),
      );
    case "Gone":
      return is("dead", false, whyGone(container));
    case "Deleting":
      return is("removing");
    default:
      return is("created");
  }
}

/** What became of a VM that isn't where it was: deleted, moved away, made a template, and what to do. */
export const whyGone = ({ status }: ContainerVM): string =>
  status?.conditions?.find(({ type }) => type === CONDITIONS.Ready)?.message ??
  "The VM vanished from vSphere.";
