import { REASONS } from "../../api/conditions.ts";
import type { VirtualContainerHostStatusVsphere } from "../../api/virtualcontainerhost.gen.ts";
import type { EventInput } from "../../kube/events.ts";
import type { HostIdentity } from "./identity.ts";
import type { HostStep } from "./plan.ts";

/**
 * What a step that was taken for a host is to a person; undefined: it is a part of another one.
 * Pure.
 *
 * @param known what its status says that there was: what is made again had been deleted by somebody
 */
export function stepEvent(
  step: HostStep,
  { names, root, store }: Pick<HostIdentity, "names" | "root" | "store">,
  known: VirtualContainerHostStatusVsphere | undefined,
): EventInput | undefined {
  const made = (what: string, was: object | undefined): EventInput => ({
    type: "Normal",
    reason: was ? REASONS.Repaired : REASONS.Created,
    action: "Converge",
    note: was ? `Made ${what} again` : `Made ${what}`,
  });
  const changed = (note: string): EventInput => ({
    type: "Normal",
    reason: REASONS.Updated,
    action: "Converge",
    note,
  });
  switch (step.do) {
    case "createFolder":
    case "markFolder":
    case "uploadIso":
      return undefined;
    case "renameFolder":
      return made(`folder "${names.inventory}"`, known?.folder);
    case "createVApp":
      return made(`vApp "${names.inventory}"`, known?.vApp);
    case "createPortGroup":
      return made(`port group "${names.portGroup}"`, known?.portGroup);
    case "makeDirectories":
      return made(`directory "[${store.datastore}] ${root.path}"`, known?.datastore);
    case "updateLimits":
      return changed(`Set CPU and memory of vApp "${names.inventory}" as the spec asks`);
    case "setPortGroup":
      return changed(
        step.vlan === undefined
          ? `Had port group "${names.portGroup}" reject promiscuous mode, MAC changes and forged transmits`
          : `Set VLAN ${step.vlan} on port group "${names.portGroup}"`,
      );
  }
}
