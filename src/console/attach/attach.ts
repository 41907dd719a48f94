import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { AttachOptions } from "../client/console-client.ts";
import type { ServedSession } from "../sessions/served-session.ts";
import type { StreamDependencies } from "../stream-dependencies.ts";

/** Attaches to a container (docs/console-api.md); returns at once. */
export function openAttach(
  _deps: StreamDependencies,
  _container: ContainerVM,
  _options: AttachOptions,
  _signal: AbortSignal,
): ServedSession {
  throw new Error("to come");
}
