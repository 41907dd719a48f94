import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { GuestProcess } from "../client/console-client.ts";
import type { StreamDependencies } from "../stream-dependencies.ts";

/** The container's processes, its own first. @throws ConsoleError `NotRunning`, `NoLine` */
export async function openTop(
  _deps: StreamDependencies,
  _container: ContainerVM,
  _signal: AbortSignal,
): Promise<readonly GuestProcess[]> {
  throw new Error("to come");
}
