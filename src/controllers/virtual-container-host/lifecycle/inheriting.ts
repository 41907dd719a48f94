import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import type { Problem } from "../../reporting/problem.ts";
import { report } from "../../reporting/report.ts";
import { findLeftHost, type Heir, takeOverHost } from "../../restoration/take-over.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { identityOf } from "../convergence/identity.ts";
import { lookUpFooting } from "../convergence/ground.ts";
import type { Context, Scope } from "../scope/scope.ts";

/**
 * Takes over what `spec.adopt` names, as long as something of it is left. The id comes first: from then on, the markers that are rewritten are this
 * host's.
 *
 * @returns "told": its status was written, look again; a problem where it can't be done; undefined: nothing (more) is left
 */
export async function inherit(
  { deps, verified }: Scope,
  host: VirtualContainerHost,
  server: PooledServer,
  context: Context,
): Promise<"told" | Problem | undefined> {
  const former = host.spec.adopt?.installation;
  const key = keyOf(host);
  if (former === undefined || verified.has(key)) return undefined;
  const { root, id, installation, marker, owner } = identityOf(host, deps.installation);
  const { pool } = await lookUpFooting(server, host.spec);
  const heir: Heir = { key, installation, former, root, pool };
  const left = await findLeftHost(server, heir);
  if (left === undefined) return undefined;
  if (left !== id || host.status?.id === undefined) {
    if (left !== id && host.status?.vsphere) return conflict(former);
    if (left === id && former === installation) return undefined;
    await tell(host, left, deps.installation, context);
    return "told";
  }
  if (former === installation) return undefined;
  await takeOverHost(server, heir, id, marker, owner);
  context.event(host, {
    type: "Normal",
    reason: REASONS.Adopted,
    action: "Adopt",
    note: `Took over what installation ${former} left in vSphere`,
  });
  return undefined;
}

async function tell(
  host: VirtualContainerHost,
  id: string,
  installation: string,
  context: Context,
): Promise<void> {
  const { conditions: _conditions, observedGeneration: _generation, ...known } = host.status ?? {};
  await report(context, host, {
    status: { ...known, id, installation },
    conditions: [
      {
        type: CONDITIONS.Ready,
        status: "False",
        reason: REASONS.Progressing,
        message: "It is being taken over",
      },
    ],
    progress: "working",
    action: "Adopt",
  });
}

const conflict = (former: string): Problem => ({
  reason: REASONS.AdoptionConflict,
  message: `It stands on its own by now, and can't become the one that installation ${former} left: take spec.adopt away, or delete this VirtualContainerHost and apply it anew.`,
});
