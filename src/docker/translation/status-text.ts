import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { DockerState } from "../containers/state/state.ts";
import { humanDuration } from "./times.ts";

/** The column STATUS of `docker ps`. */
export function statusText({ status }: ContainerVM, state: DockerState, nowMs: number): string {
  const ago = (at: string | undefined): string =>
    at === undefined ? "" : humanDuration(Math.max(0, nowMs - Date.parse(at)));
  switch (state.status) {
    case "running":
      return `Up ${ago(status?.startedAt)}`;
    case "paused":
      return `Up ${ago(status?.startedAt)} (Paused)`;
    case "restarting":
      return `Restarting (${state.exitCode}) ${ago(status?.exit?.at)} ago`;
    case "exited":
      return `Exited (${state.exitCode}) ${ago(status?.exit?.at)} ago`;
    case "removing":
      return "Removal In Progress";
    case "dead":
      return "Dead";
    case "created":
      return "Created";
  }
}
