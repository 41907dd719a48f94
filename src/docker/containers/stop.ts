import type { ContainerVM } from "../../api/containervm.gen.ts";
import { notModified } from "../errors.ts";
import type { Handler } from "../route.ts";
import { addressOf } from "../streams/container-target.ts";
import type { Tenant } from "../tenant.ts";
import { waitFor } from "./waiting/waits.ts";
import { fresh } from "./lookup/fresh.ts";
import { stopped } from "./waiting/outcome.ts";
import { requestOf } from "./wishes/request.ts";
import { resolveContainer } from "./lookup/resolve.ts";
import { stateOf } from "./state/state.ts";
import { stopOptions, type StopOptions } from "./wishes/stop-options.ts";

/** `POST /containers/{name}/stop` */
export const stop: Handler = async (request, response, tenant) => {
  let container = await resolveContainer(tenant, request.params["name"]!);
  if (!stateOf(container).running) container = await fresh(tenant, container);
  if (!stateOf(container).running) throw notModified();
  const options = stopOptions(request.query, tenant, container);
  await tellGuest(tenant, container, options);
  const asked = await requestOf(tenant, container, { action: "Stop", ...options });
  const seq = asked.spec.request!.seq;
  await waitFor(tenant.containerInformer, asked, stopped(seq), request.signal);
  response.empty(204);
};

/** How long the console may take to tell the guest. */
const patienceMs = 2_000;

/**
 * A stop in another way than the container's own: vSphere's "shut down guest" has no words for it, so the guest hears it over its line first. Best
 * effort: without a line it stops in its own way.
 */
export async function tellGuest(
  tenant: Tenant,
  container: ContainerVM,
  options: StopOptions,
): Promise<void> {
  if (options.signal === undefined && options.timeoutSeconds === undefined) return;
  if (container.status?.state !== "Running") return;
  const told = tenant.console
    .stop(addressOf(tenant, container), options)
    .catch((error: unknown) => {
      tenant.log.debug({ err: error }, "the guest can't be told how to stop");
    });
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([told, enough]);
  clearTimeout(timer);
}
