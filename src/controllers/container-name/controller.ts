import type { ContainerName } from "../../api/containername.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { isConflict, isNotFound } from "../../kube/errors.ts";
import { keyOf } from "../../kube/object.ts";
import { type ControllerSpec, watching } from "../../reconcile/controller.ts";
import { awaitChange, requeueAfter } from "../../reconcile/outcome.ts";
import type { Dependencies } from "../dependencies.ts";
import { BY_HOLDER, holderKeyOf, holderKeysOf, holderOf } from "../names/claims.ts";
import { sweptInMs } from "./sweeping.ts";

/**
 * Takes away claims that nobody holds: of containers that are gone or called otherwise, and of those that were claimed for and never made. A claim comes
 * before its container does, so that one whose holder was never seen is left alone for a while.
 */
export function containerNameController({
  informers,
  sweepGraceMs,
}: Dependencies): ControllerSpec<ContainerName> {
  const containers = informers.of(KINDS.ContainerVM);
  const claims = informers.of(KINDS.ContainerName);
  containers.addIndex(BY_HOLDER, holderKeysOf);
  claims.addIndex(BY_HOLDER, (claim) => [holderKeyOf(claim)]);
  /** By claim's UID: "held", or since when it hasn't been, milliseconds of this process's clock. */
  const known = new Map<string, "held" | number>();
  const uids = new Map<string, string>();
  return {
    name: "containername",
    kind: KINDS.ContainerName,
    watches: [
      watching(KINDS.ContainerVM, (container: ContainerVM) =>
        holderKeysOf(container)
          .flatMap((key) => claims.store.byIndex(BY_HOLDER, key))
          .map((claim) => keyOf(claim)),
      ),
    ],
    async reconcile({ key, object: claim }, { client, log }) {
      const uid = claim?.metadata.uid;
      const former = uids.get(key);
      if (former !== undefined && former !== uid) known.delete(former);
      if (!claim || uid === undefined) {
        uids.delete(key);
        return awaitChange();
      }
      uids.set(key, uid);
      if (claim.metadata.deletionTimestamp) return awaitChange();
      if (holderOf(claim, containers.store.byIndex(BY_HOLDER, holderKeyOf(claim)))) {
        known.set(uid, "held");
        return awaitChange();
      }
      const since = known.get(uid) ?? performance.now();
      if (since !== "held") {
        known.set(uid, since);
        const { creationTimestamp: createdAt } = claim.metadata;
        const seenForMs = performance.now() - since;
        const leftMs = sweptInMs({ createdAt, seenForMs, nowMs: Date.now() }, sweepGraceMs);
        if (leftMs > 0) return requeueAfter(leftMs);
      }
      log.info({ container: claim.spec.name }, "releasing a name that nobody holds");
      const { name, namespace, resourceVersion } = claim.metadata;
      try {
        await client.delete(KINDS.ContainerName, { name, namespace }, { uid, resourceVersion });
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
      return awaitChange();
    },
  };
}
