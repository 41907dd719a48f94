import type { Readable } from "node:stream";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { StreamDependencies } from "../stream-dependencies.ts";

/** Object mode, GuestStats: one per second with `stream`, else one. @throws ConsoleError `NotRunning`, `NoLine` */
export async function openStats(
  _deps: StreamDependencies,
  _container: ContainerVM,
  _stream: boolean,
  _signal: AbortSignal,
): Promise<Readable> {
  throw new Error("to come");
}
