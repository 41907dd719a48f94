import { IN_USE_FINALIZER } from "../../api/metadata.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import type { KubeClient } from "../../kube/client.ts";
import { type Secret, secretKind } from "../../kube/core-kinds.ts";
import { isConflict, isNotFound } from "../../kube/errors.ts";
import type { Scope } from "./scope.ts";

// Secrets with credentials outlive what must be cleaned up with them: a namespace that is
// deleted at once would otherwise lose its password before its VMs.

/** What to do so that exactly the Secrets in use carry the finalizer. Pure. */
export function planSecrets(
  servers: readonly VSphereServer[],
  secrets: readonly Secret[],
): { readonly hold: Secret[]; readonly release: Secret[] } {
  const used = new Set(servers.map((server) => server.spec.credentialsSecretRef.name));
  const held = (secret: Secret): boolean =>
    secret.metadata?.finalizers?.includes(IN_USE_FINALIZER) ?? false;
  return {
    hold: secrets.filter(
      (each) =>
        used.has(each.metadata?.name ?? "") && !held(each) && !each.metadata?.deletionTimestamp,
    ),
    release: secrets.filter((each) => !used.has(each.metadata?.name ?? "") && held(each)),
  };
}

/**
 * Lets exactly the Secrets that the servers of an object's namespace use carry our finalizer.
 *
 * @param leaving the object itself doesn't count any more
 */
export async function holdSecrets(
  { vsphereServers, secrets }: Pick<Scope, "vsphereServers" | "secrets">,
  { metadata: { namespace, uid } }: VSphereServer,
  client: KubeClient,
  leaving: boolean,
): Promise<void> {
  const using = vsphereServers
    .list(namespace)
    .filter((each) => !leaving || each.metadata.uid !== uid);
  const plan = planSecrets(using, secrets.list(namespace));
  for (const secret of plan.hold) await setInUse(client, secret, true);
  for (const secret of plan.release) await setInUse(client, secret, false);
}

/** Adds or removes the finalizer; a Secret that changed meanwhile is left for the next reconcile. */
async function setInUse(client: KubeClient, secret: Secret, inUse: boolean): Promise<void> {
  const { name = "", namespace, resourceVersion, finalizers = [] } = secret.metadata ?? {};
  const others = finalizers.filter((each) => each !== IN_USE_FINALIZER);
  const wanted = inUse ? [...others, IN_USE_FINALIZER] : others;
  try {
    await client.patch(
      secretKind,
      { name, namespace },
      { type: "merge", patch: { metadata: { resourceVersion, finalizers: wanted } } },
    );
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}
