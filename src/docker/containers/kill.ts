import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { ConsoleError } from "../../console/client/console-client.ts";
import { DockerError } from "../errors.ts";
import { containerEvent } from "../events/container-event.ts";
import type { Handler } from "../route.ts";
import { addressOf } from "../streams/container-target.ts";
import type { Tenant } from "../tenant.ts";
import { signalName, signalNumber } from "../translation/signals.ts";
import { waitFor } from "./waiting/waits.ts";
import { fresh } from "./lookup/fresh.ts";
import { stopped } from "./waiting/outcome.ts";
import { requestOf } from "./wishes/request.ts";
import { resolveContainer } from "./lookup/resolve.ts";
import { stateOf } from "./state/state.ts";

const KILL = 9;

/** `POST /containers/{name}/kill`: KILL ends the VM, which needs no guest; any other signal the guest sends to the process. */
export const kill: Handler = async (request, response, tenant) => {
  const name = request.params["name"]!;
  let container = await killing(name, () => resolveContainer(tenant, name));
  const number = await killing(name, () => signalOf(request.query.text("signal") || "KILL"));
  if (!stateOf(container).running) container = await fresh(tenant, container);
  const isRunning = stateOf(container).running;
  await killing(name, () => {
    if (!isRunning) throw notRunning(container);
  });
  if (number === KILL) {
    const asked = await requestOf(tenant, container, { action: "Kill" });
    const seq = asked.spec.request!.seq;
    await waitFor(tenant.containerInformer, asked, stopped(seq), request.signal);
  } else {
    await killing(name, () => sendSignal(tenant, container, number));
    tenant.events.publish(containerEvent(container, "kill", { signal: String(number) }));
  }
  response.empty(204);
};

async function sendSignal(tenant: Tenant, container: ContainerVM, number: number): Promise<void> {
  try {
    await tenant.console.signal(addressOf(tenant, container), signalName(number));
  } catch (error) {
    if (error instanceof ConsoleError && error.reason === "NotRunning") throw notRunning(container);
    throw error;
  }
}

/** What goes wrong, told as dockerd tells it. */
async function killing<T>(name: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    const shown = name.slice(0, 128);
    throw new DockerError(error.status, `cannot kill container: ${shown}: ${error.message}`, error);
  }
}

function signalOf(text: string): number {
  const number = signalNumber(text);
  if (number !== undefined) return number;
  const why = /^\d+$/.test(text)
    ? `the linux daemon does not support signal ${text.slice(0, 20)}`
    : `invalid signal: ${text.slice(0, 64)}`;
  throw new DockerError(400, why);
}

const notRunning = (container: ContainerVM): DockerError =>
  new DockerError(409, `container ${idOfContainer(container)} is not running`);
