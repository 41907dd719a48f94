import { idOfHost } from "../../../api/identity.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { Problem } from "../../reporting/problem.ts";
import { type Progress, report } from "../../reporting/report.ts";
import type { DockerServing } from "../endpoint/docker-endpoint.ts";
import type { Context, Scope } from "../scope/scope.ts";
import { problemConditions } from "./conditions-of.ts";

/** Says what is in a host's way. What was found earlier stands: nobody can look now. */
export async function tellProblem(
  scope: Scope,
  host: VirtualContainerHost,
  context: Context,
  problem: Problem,
  progress: Progress,
  { silent = false, docker }: { readonly silent?: boolean; readonly docker?: DockerServing } = {},
): Promise<void> {
  const { conditions: _c, observedGeneration: _g, ...known } = host.status ?? {};
  const id = idOfHost(host);
  await report(context, host, {
    status: {
      ...known,
      id,
      installation: scope.deps.installation,
      ...(docker ? { docker: docker.status } : {}),
    },
    conditions: [...problemConditions(problem), ...(docker ? [docker.condition] : [])],
    progress,
    action: host.metadata.deletionTimestamp ? "Delete" : "Converge",
    silent,
  });
}
