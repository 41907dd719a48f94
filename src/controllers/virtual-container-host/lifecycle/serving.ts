import { linkSecretName } from "../../../api/naming.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { refKey } from "../../../kube/object.ts";
import { type Outcome, requeueAfter } from "../../../reconcile/outcome.ts";
import { linkKeyOf } from "../../hosts/link-key.ts";
import { isProblem } from "../../reporting/problem.ts";
import { report } from "../../reporting/report.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { identityOf } from "../convergence/identity.ts";
import { equipmentOf, placesOf } from "../convergence/standing.ts";
import type { DockerServing } from "../endpoint/docker-endpoint.ts";
import { serveKeepers } from "../service-vms/keeper-serving.ts";
import { serveWorker } from "../service-vms/worker-serving.ts";
import { BY_HOST, type Context, type Scope } from "../scope/scope.ts";
import { countUsage } from "../scope/usage.ts";
import { standingConditions } from "../status/conditions-of.ts";
import { tellProblem } from "../status/problem.ts";
import { bringBackLeft } from "./bringing-back.ts";
import { inherit } from "./inheriting.ts";
import { createLinkSecret } from "./link-secret.ts";
import { verify } from "./verifying.ts";

/** After so long what only a person can change is looked at again, milliseconds. */
export const RETRY_MS = 30_000;

/** Makes a host stand in vSphere, serves its worker, brings back what it lost, and tells. */
export async function serve(
  scope: Scope,
  host: VirtualContainerHost,
  context: Context,
  server: PooledServer,
  docker: DockerServing,
): Promise<Outcome> {
  const { deps } = scope;
  const inherited = await inherit(scope, host, server, context);
  if (inherited === "told") return requeueAfter(0);
  if (inherited) {
    await tellProblem(scope, host, context, inherited, "stuck", { docker });
    return requeueAfter(RETRY_MS);
  }
  const me = identityOf(host, deps.installation);
  const linkKey = await ensureLinkKey(scope, host, context);
  const found = await verify(scope, host, server, me, context);
  if (isProblem(found)) {
    await tellProblem(scope, host, context, found, "stuck", { docker });
    return requeueAfter(RETRY_MS);
  }
  const equipment = equipmentOf(me, server, found.standing);
  const worker = await serveWorker(scope, host, context, { server, me, equipment, linkKey });
  const leftInMs = await bringBackLeft(scope, host, server, equipment, context);
  const keptInMs = serveKeepers(scope, host, context);
  const now = countUsage(scope.containers.byIndex(BY_HOST, me.key), host);
  const counted = scope.usage.next(me.key, host.status?.usage, now, Date.now());
  await report(context, host, {
    status: {
      id: me.id,
      installation: deps.installation,
      vsphere: placesOf(found.standing),
      docker: docker.status,
      isoPath: equipment.isoPath,
      worker: worker.status,
      usage: counted.usage,
    },
    conditions: [
      ...standingConditions(host.spec, found.standing),
      worker.condition,
      docker.condition,
    ],
    progress: "done",
    action: "Converge",
  });
  const verifyInMs = found.atMs + deps.verifyMs - Date.now();
  const waits = [verifyInMs, counted.againMs, worker.againMs, leftInMs, keptInMs, docker.againMs];
  return requeueAfter(Math.max(0, Math.min(...waits.filter((ms) => ms !== undefined))));
}

async function ensureLinkKey(
  { secrets }: Scope,
  host: VirtualContainerHost,
  context: Context,
): Promise<Uint8Array | undefined> {
  const { name, namespace } = host.metadata;
  const secret = secrets.get(refKey({ namespace, name: linkSecretName(name) }));
  return linkKeyOf(secret ?? (await createLinkSecret(context.client, host)));
}
