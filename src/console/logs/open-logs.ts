import type { Readable } from "node:stream";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { LogOptions } from "../client/console-client.ts";
import type { StreamDependencies } from "../stream-dependencies.ts";

/**
 * A container's log, object mode, OutputFrames of whole lines.
 * @throws ConsoleError where the log isn't to be had
 */
export async function openLogs(
  _deps: StreamDependencies,
  _container: ContainerVM,
  _options: LogOptions,
  _signal: AbortSignal,
): Promise<Readable> {
  throw new Error("to come");
}
