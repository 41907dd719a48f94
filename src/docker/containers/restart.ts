import type { Handler } from "../route.ts";
import { begun } from "./waiting/begin.ts";
import { hasRunSince, markOf, type RunMark, started } from "./waiting/outcome.ts";
import { checkRoomToRun, takingBack } from "./wishes/quota.ts";
import { requestOf } from "./wishes/request.ts";
import { resolveContainer } from "./lookup/resolve.ts";
import { stateOf } from "./state/state.ts";
import { stopOptions } from "./wishes/stop-options.ts";
import { tellGuest } from "./stop.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { Judge } from "./waiting/waits.ts";

/** `POST /containers/{name}/restart`; starts what doesn't run. */
export const restart: Handler = async (request, response, tenant) => {
  const container = await resolveContainer(tenant, request.params["name"]!);
  const options = stopOptions(request.query, tenant, container);
  const mark = markOf(container);
  const isUp = stateOf(container).running;
  if (!isUp) checkRoomToRun(tenant, container);
  if (isUp) await tellGuest(tenant, container, options);
  const asked = await requestOf(tenant, container, { action: "Restart", ...(isUp && options) });
  const seq = asked.spec.request!.seq;
  await begun(tenant.containerInformer, asked, restarted(seq, mark), request.signal).catch(
    takingBack(tenant, asked),
  );
  response.empty(204);
};

/** The run that it was in before doesn't count. */
const restarted =
  (seq: number, mark: RunMark): Judge<true> =>
  (sight) =>
    isNextRun(mark, sight.container) || sight.gone ? started(seq, mark)(sight) : undefined;

const isNextRun = (mark: RunMark, container: ContainerVM): boolean =>
  (container.status?.starts ?? 0) > mark.starts ||
  (container.status?.state === "Failed" && hasRunSince(mark, container));
