import type { ContainerVM } from "../../api/containervm.gen.ts";
import { ConsoleError } from "../../console/client/console-client.ts";
import { DockerError } from "../errors.ts";
import { containerEvent } from "../events/container-event.ts";
import type { Handler } from "../route.ts";
import { addressOf } from "../streams/container-target.ts";
import { signalName, signalNumber } from "../translation/signals.ts";
import { waitFor } from "../waits.ts";
import { idOf } from "./cache.ts";
import { fresh } from "./fresh.ts";
import { stopped } from "./outcome.ts";
import { requestOf } from "./request.ts";
import { resolveContainer } from "./resolve.ts";
import { stateOf } from "./state.ts";

const KILL = 9;

/** `POST /containers/{name}/kill`: KILL ends the VM, which needs no guest; any other signal the guest sends to the process. */
export const kill: Handler = async (request, response, tenant) => {
  const name = request.params["name"]!;
  let container = await resolveContainer(tenant, name);
  const number = signalOf(request.query.text("signal") || "KILL", name);
  if (!stateOf(container).running) container = await fresh(tenant, container);
  if (!stateOf(container).running) throw notRunning(name, container);
  if (number === KILL) {
    const asked = await requestOf(tenant, container, { action: "Kill" });
    const seq = asked.spec.request!.seq;
    await waitFor(tenant.containerInformer, asked, stopped(seq), request.signal);
  } else {
    try {
      await tenant.console.signal(addressOf(tenant, container), signalName(number));
    } catch (error) {
      if (error instanceof ConsoleError && error.reason === "NotRunning") {
        throw notRunning(name, container);
      }
      throw error;
    }
    tenant.events.publish(containerEvent(container, "kill", { signal: String(number) }));
  }
  response.empty(204);
};

function signalOf(text: string, name: string): number {
  const number = signalNumber(text);
  if (number !== undefined) return number;
  const why = /^\d+$/.test(text)
    ? `the linux daemon does not support signal ${text.slice(0, 20)}`
    : `invalid signal: ${text.slice(0, 64)}`;
  throw new DockerError(400, `cannot kill container: ${name.slice(0, 128)}: ${why}`);
}

const notRunning = (name: string, container: ContainerVM): DockerError =>
  new DockerError(
    409,
    `cannot kill container: ${name.slice(0, 128)}: container ${idOf(container)} is not running`,
  );
