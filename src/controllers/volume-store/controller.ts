import { REASONS } from "../../api/conditions.ts";
import { KINDS } from "../../api/kinds.ts";
import { FINALIZER } from "../../api/metadata.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import { keyOf } from "../../kube/object.ts";
import { type ControllerSpec, type Source, watching } from "../../reconcile/controller.ts";
import { awaitChange, type Outcome, park } from "../../reconcile/outcome.ts";
import type { Dependencies } from "../dependencies.ts";
import { isTold } from "../reporting/report.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import { serverTopic } from "../servers/server-pool.ts";
import { claim } from "./claiming.ts";
import { remove } from "./removal.ts";
import {
  type Context,
  createScope,
  isServerComing,
  problemOf,
  type Scope,
  storesOf,
  tell,
} from "./scope.ts";

/** Claims the directory of each VolumeStore. */
export function volumeStoreController(deps: Dependencies): ControllerSpec<VolumeStore> {
  const scope = createScope(deps);
  return {
    name: "volumestore",
    kind: KINDS.VolumeStore,
    watches: [
      watching(KINDS.VSphereServer, (server) => storesOf(scope, keyOf(server))),
      // A path that another resource gave up may be free now, and a host that went no longer uses its stores.
      watching(KINDS.VirtualContainerHost, (host) =>
        scope.stores
          .list()
          .filter(
            (each) =>
              serverKeyOf(each) === serverKeyOf(host) ||
              host.spec.volumeStores?.some(({ ref }) => ref === each.metadata.name),
          )
          .map(keyOf),
      ),
      watching(KINDS.VolumeStore, (store) => storesOf(scope, serverKeyOf(store))),
    ],
    sources: [serversSource(scope)],
    async reconcile({ object: store }, context): Promise<Outcome> {
      if (!store) return awaitChange();
      if (store.metadata.deletionTimestamp) return remove(scope, store, context);
      if (await context.ensureFinalizer(store, FINALIZER)) return awaitChange();
      return reconcile(scope, store, context);
    },
  };
}

async function reconcile(scope: Scope, store: VolumeStore, context: Context): Promise<Outcome> {
  const serverKey = serverKeyOf(store);
  const problem = problemOf(scope, store);
  const server = scope.deps.servers.get(serverKey);
  const isComing = isServerComing(scope, store, problem);
  if (isComing && isTold(store)) return park(serverTopic(serverKey));
  if (!problem && server) return claim(scope, store, server, context);
  const isServer = problem?.reason === REASONS.ServerNotReady;
  await tell(store, context, problem, isServer ? "working" : "stuck", isComing);
  return isServer ? park(serverTopic(serverKey)) : awaitChange();
}

/** Servers that came or went. */
const serversSource = (scope: Scope): Source => ({
  name: "servers",
  run: (queue, signal) => {
    const stop = scope.deps.servers.onChange((key) => {
      queue.wake(serverTopic(key));
      for (const store of storesOf(scope, key)) queue.enqueue(store);
    });
    signal.addEventListener("abort", stop, { once: true });
  },
});
