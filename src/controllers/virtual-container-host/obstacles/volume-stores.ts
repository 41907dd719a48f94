import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { VirtualContainerHostSpec } from "../../../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../../../api/volumestore.gen.ts";
import { findCondition } from "../../../reconcile/conditions.ts";
import type { Problem } from "../../reporting/problem.ts";

/** The first volume store of a host that isn't there or isn't ready. Pure. */
export function volumeStoreProblem(
  { volumeStores = [] }: Pick<VirtualContainerHostSpec, "volumeStores">,
  get: (name: string) => VolumeStore | undefined,
): Problem | undefined {
  for (const { ref } of volumeStores) {
    const store = get(ref);
    if (!store)
      return {
        reason: REASONS.VolumeStoreNotFound,
        message: `There is no VolumeStore "${ref}" in this namespace: create it, or correct spec.volumeStores.`,
      };
    const ready = findCondition(store.status?.conditions, CONDITIONS.Ready);
    if (ready?.status !== "True") {
      return {
        reason: REASONS.VolumeStoreNotReady,
        message: `VolumeStore "${ref}" isn't ready: ${ready?.message ?? "it is being looked at."}`,
      };
    }
  }
  return undefined;
}
