import type { ContainerChanges } from "../runs/container-changes.ts";
import type { LogFiles } from "./log-files.ts";
import type { Agents } from "../sessions/agents.ts";

/** What streams of a container are made of. */
export interface StreamDependencies {
  /** The lines to the agents in containers. */
  readonly agents: Agents;
  readonly containers: ContainerChanges;
  /** The containers' log files on their datastores. */
  readonly logFiles: LogFiles;
}
