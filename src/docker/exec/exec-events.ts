import { setTimeout as delay } from "node:timers/promises";
import { ConsoleError } from "../../console/client/console-client.ts";
import { containerEvent } from "../events/container-event.ts";
import { addressOf } from "../streams/container-target.ts";
import type { Tenant } from "../tenant.ts";
import { commandOf } from "./create.ts";
import type { Exec } from "./exec-container.ts";

/** Publishes `exec_start`, as dockerd does when somebody starts an exec. */
export function tellStart(tenant: Tenant, { id, container, spec }: Exec): void {
  const action = `exec_start: ${commandOf(spec)}`;
  tenant.events.publish(containerEvent(container, action, { execID: id }));
}

/** Publishes `exec_detach`: its client typed the keys to detach. */
export function tellDetach(tenant: Tenant, { id, container }: Exec): void {
  tenant.events.publish(containerEvent(container, "exec_detach", { execID: id }));
}

/** Publishes `exec_die`. {@link tellEndLater} where nobody attends to it. */
export function tellEnd(tenant: Tenant, { id, container }: Exec, exitCode: number): void {
  const attributes = { execID: id, exitCode: String(exitCode) };
  tenant.events.publish(containerEvent(container, "exec_die", attributes));
}

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 30_000;
/** Of a process that ended with its container. */
const KILLED = 128 + 9;

/** Tells of the end of an exec that nobody attends to any more, once it comes, whatever becomes of the way to its guest meanwhile. Never throws. */
export async function tellEndLater(tenant: Tenant, exec: Exec): Promise<void> {
  const { signal } = tenant;
  const address = addressOf(tenant, exec.container);
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS))
    try {
      // oxlint-disable no-await-in-loop -- asked again where the answer got lost
      const { exitCode = KILLED } = await tenant.console.waitExec(address, exec.id, signal);
      return tellEnd(tenant, exec, exitCode);
    } catch (error) {
      const reason = error instanceof ConsoleError ? error.reason : undefined;
      if (reason === "NotRunning") return tellEnd(tenant, exec, KILLED);
      if (reason === "NotFound") return;
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
}
