import { KINDS } from "../../api/kinds.ts";
import { FINALIZER } from "../../api/metadata.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import { secretKind } from "../../kube/core-kinds.ts";
import { keyOf } from "../../kube/object.ts";
import { type ControllerSpec, watching } from "../../reconcile/controller.ts";
import { awaitChange, type Outcome } from "../../reconcile/outcome.ts";
import type { Dependencies } from "../dependencies.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import { ensureConnected } from "./connecting.ts";
import { remove } from "./removal.ts";
import { createScope, release } from "./scope.ts";
import { holdSecrets } from "./secret-in-use.ts";

/** Keeps a connection to each VSphereServer, and says how it is. */
export function vsphereServerController(deps: Dependencies): ControllerSpec<VSphereServer> {
  const scope = createScope(deps);
  return {
    name: "vsphereserver",
    kind: KINDS.VSphereServer,
    watches: [
      watching(secretKind, (secret) =>
        scope.vsphereServers
          .list(secret.metadata?.namespace)
          .filter((each) => each.spec.credentialsSecretRef.name === secret.metadata?.name)
          .map(keyOf),
      ),
      watching(KINDS.VirtualContainerHost, (object) => [serverKeyOf(object)]),
      watching(KINDS.VolumeStore, (object) => [serverKeyOf(object)]),
    ],
    sources: [
      {
        name: "connections",
        run: (enqueue) => {
          scope.queue = enqueue;
        },
      },
    ],
    async reconcile({ key, object }, context): Promise<Outcome> {
      if (!object) {
        await release(scope, key);
        return awaitChange();
      }
      if (object.metadata.deletionTimestamp) return remove(scope, object, context);
      if (await context.ensureFinalizer(object, FINALIZER)) return awaitChange();
      await holdSecrets(scope, object, context.client, false);
      return ensureConnected(scope, object, context);
    },
  };
}
