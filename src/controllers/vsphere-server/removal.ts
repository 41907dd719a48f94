import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import { FINALIZER } from "../../api/metadata.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import { keyOf } from "../../kube/object.ts";
import { awaitChange, type Outcome } from "../../reconcile/outcome.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import { ensureConnected } from "./connecting.ts";
import { type Context, release, type Scope } from "./scope.ts";
import { holdSecrets } from "./secret-in-use.ts";

/** Lets a server go once nobody uses it. Until then it goes on working: those who use it need it for their own cleaning up. */
export async function remove(
  scope: Scope,
  object: VSphereServer,
  context: Context,
): Promise<Outcome> {
  const key = keyOf(object);
  const users = usersOf(scope, key);
  if (users.length > 0) {
    const message = `Waits until nobody uses it: ${users.slice(0, 10).join(", ")}${users.length > 10 ? ", …" : ""}`;
    const blocked = { reason: REASONS.DeletionBlocked, message };
    const ready = { type: CONDITIONS.Ready, status: "False", ...blocked } as const;
    await ensureConnected(scope, object, context, ready);
    return awaitChange();
  }
  await release(scope, key);
  await holdSecrets(scope, object, context.client, true);
  await context.removeFinalizer(object, FINALIZER);
  return awaitChange();
}

/** The hosts and stores of a server, as people know them. */
const usersOf = ({ containerHosts, volumeStores }: Scope, key: string): string[] =>
  [
    ...containerHosts.list().map((each) => ({ kind: "VirtualContainerHost", each })),
    ...volumeStores.list().map((each) => ({ kind: "VolumeStore", each })),
  ]
    .filter(({ each }) => serverKeyOf(each) === key)
    .map(({ kind, each }) => `${kind} ${keyOf(each)}`)
    .toSorted();
