import type { ContainerVM } from "../../api/containervm.gen.ts";
import { shownName } from "../../api/docker-name.ts";
import { DockerError, notModified } from "../errors.ts";
import type { DockerRequest } from "../http/request.ts";
import type { Handler } from "../route.ts";
import type { Tenant } from "../tenant.ts";
import { begun } from "./waiting/begin.ts";
import { fresh } from "./lookup/fresh.ts";
import { removingInVain } from "./wishes/in-vain.ts";
import { isOver, markOf, started } from "./waiting/outcome.ts";
import { checkRoomToRun, takingBack } from "./wishes/quota.ts";
import { requestOf } from "./wishes/request.ts";
import { resolveContainer } from "./lookup/resolve.ts";
import { stateOf } from "./state/state.ts";

/** `POST /containers/{name}/start` */
export const start: Handler = async (request, response, tenant) => {
  let container = await resolveContainer(tenant, request.params["name"]!);
  if (request.query.text("checkpoint") !== "") {
    throw new DockerError(501, "containers are VMs: there are no checkpoints");
  }
  if (stateOf(container).status !== "created") container = await fresh(tenant, container);
  const state = stateOf(container);
  // One that an administrator suspended goes on.
  const isPaused = state.status === "paused";
  if (state.running && !isPaused) throw notModified();
  if (state.status === "removing") {
    throw new DockerError(
      409,
      `container ${shownName(container)} is marked for removal and cannot be started`,
    );
  }
  await begin(request, tenant, container, isPaused).catch(
    removingInVain(tenant, container, request.signal),
  );
  response.empty(204);
};

async function begin(
  { signal }: DockerRequest,
  tenant: Tenant,
  container: ContainerVM,
  isPaused: boolean,
): Promise<void> {
  const mark = markOf(container);
  checkRoomToRun(tenant, container);
  // One that another client has just asked to start is waited for, not asked again.
  const asked =
    isOver(container) || isPaused
      ? await requestOf(tenant, container, { action: "Start" })
      : container;
  const seq = asked.spec.request?.seq ?? 0;
  await begun(tenant.containerInformer, asked, started(seq, mark), signal).catch(
    takingBack(tenant, asked),
  );
}
