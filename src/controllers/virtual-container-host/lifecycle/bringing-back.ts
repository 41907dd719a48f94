import { REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { idOfHost } from "../../../api/identity.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { EventInput } from "../../../kube/events.ts";
import { keyOf } from "../../../kube/object.ts";
import type { VmRecord } from "../../../vsphere/index.ts";
import type { Equipment } from "../../hosts/host-registry.ts";
import { type BroughtBack, bringBack } from "../../restoration/bring-back.ts";
import { leftMachines, takenBy } from "../../restoration/left-machines.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { BY_HOST, type Context, type Scope } from "../scope/scope.ts";

/** Makes the ContainerVMs of VMs again that have none. Returns after how long to look again. */
export async function bringBackLeft(
  { deps, containers, leftSince }: Scope,
  host: VirtualContainerHost,
  server: PooledServer,
  equipment: Equipment,
  context: Context,
): Promise<number | undefined> {
  const { inventory } = server.vsphere;
  if (!inventory.synced) return deps.sweepGraceMs;
  const key = keyOf(host);
  const taken = takenBy(containers.byIndex(BY_HOST, key));
  const left = new Map(
    leftMachines(inventory.vms(equipment.members), idOfHost(host), taken).map((each) => [
      each.marker.id,
      each,
    ]),
  );
  const ripe = leftSince.ripe(key, [...left.keys()], Date.now(), deps.sweepGraceMs);
  for (const id of ripe.ids) {
    const { vm, marker } = left.get(id)!;
    const find = (name: string): ContainerVM | undefined => containers.get(name);
    const back = await bringBack(context.client, server, vm, marker, find);
    const told = leftEvent(vm, back);
    if (told) context.event(host, told);
  }
  return ripe.nextMs ?? (ripe.ids.length > 0 ? deps.sweepGraceMs : undefined);
}

function leftEvent({ name = "" }: VmRecord, back: BroughtBack): EventInput | undefined {
  if (back.result === "nothing") return undefined;
  const made = back.result === "made";
  return {
    type: made ? "Normal" : "Warning",
    reason: made ? REASONS.Adopted : REASONS.NotAdopted,
    action: "Adopt",
    note: made
      ? `VM "${name}" had no ContainerVM: made "${back.name}" again`
      : `VM "${name}" has no ContainerVM, and none can be made: ${back.why}`,
  };
}
