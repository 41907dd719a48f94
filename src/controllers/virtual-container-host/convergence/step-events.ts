import { REASONS } from "../../../api/conditions.ts";
import type { VirtualContainerHostStatusVsphere } from "../../../api/virtualcontainerhost.gen.ts";
import type { EventInput } from "../../../kube/events.ts";
import { listed } from "../../reporting/listed.ts";
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
    case "mark":
    case "uploadIso":
      return undefined;
    case "rename":
      return made(
        `${step.what} "${step.name}"`,
        step.what === "folder" ? known?.folder : known?.resourcePool,
      );
    case "createVApp":
      return made(`vApp "${step.name}"`, known?.vApp);
    case "createPool":
      // One that is to be marked yet is told of when it has its name.
      return step.name === names.own
        ? made(`resource pool "${step.name}"`, known?.resourcePool)
        : undefined;
    case "createPortGroup":
      return made(`port group "${step.name}"`, known?.portGroup);
    case "addHostPortGroups":
      return made(`port group "${step.name}" on ${listed(step.hosts)}`, known?.portGroup);
    case "setHostPortGroups":
      return changed(`Set port group "${step.name}" on ${listed(step.hosts)} as the spec asks`);
    case "makeDirectories":
      return made(`directory "[${store.datastore}] ${root.path}"`, known?.datastore);
    case "updateLimits":
      return changed(`Set CPU and memory of ${containerOf(known, names)} as the spec asks`);
    case "growPortGroup":
      return changed(
        `Gave port group "${known?.portGroup?.name ?? names.portGroup}" ${step.numPorts} ports: it had no free one`,
      );
    case "setPortGroup":
      return changed(
        step.vlan === undefined
          ? `Had port group "${known?.portGroup?.name ?? names.portGroup}" reject promiscuous mode, MAC changes and forged transmits`
          : `Set VLAN ${step.vlan} on port group "${known?.portGroup?.name ?? names.portGroup}"`,
      );
  }
}

function containerOf(
  known: VirtualContainerHostStatusVsphere | undefined,
  { container }: HostIdentity["names"],
): string {
  const { vApp, resourcePool } = known ?? {};
  return resourcePool
    ? `resource pool "${resourcePool.name}"`
    : `vApp "${vApp?.name ?? container}"`;
}
