import { instanceUuid, idOfContainer } from "../api/identity.ts";
import { morefKey } from "../vsphere/index.ts";
import { type Finding, ofOthers } from "./finding.ts";
import { always, type Known, siteOf } from "./known.ts";
import type { Observed, ObservedMachine } from "./observed.ts";
import { findCondition } from "../reconcile/conditions.ts";

// VMs and the resources that they are for. Pure.

/** Findings about VMs: without a resource, doubled, out of place; and resources without their VM. */
export const checkMachines = (observed: Observed, known: Known): Finding[] => [
  ...observed.sites.flatMap(({ machines }) => [
    ...machines.flatMap((machine) => checkMachine(machine, known)),
    ...doubled(machines, known),
  ]),
  ...withoutMachine(observed),
];

/** Whether a VM is ours, and no copy of one of ours. */
export const isOriginal = ({ marker, instanceUuid: uuid }: ObservedMachine): boolean =>
  marker !== undefined &&
  /^[0-9a-f-]{36}$/i.test(marker.hostId) &&
  uuid?.toLowerCase() === instanceUuid(marker.hostId, marker.id);

function checkMachine(machine: ObservedMachine, known: Known): Finding[] {
  const { marker, name, path = "" } = machine;
  const where = `VM "${name}" ${path}`;
  if (!marker) return [];
  if (!known.isOurs(marker))
    return [ofOthers(where, `It is of the installation ${marker.installation} (${marker.host}).`)];
  if (!isOriginal(machine))
    return [
      {
        severity: "foreign",
        code: "Copy",
        where,
        what: `It is somebody's copy of a VM of ${marker.container ?? marker.host}: its instance UUID is another.`,
        todo: "Nothing: it is whose copied it.",
      },
    ];
  const isContainer = marker.role === "container";
  if (isContainer ? !known.containers.has(marker.id) : !known.hosts.has(marker.hostId))
    return [
      {
        severity: "leaked",
        code: "VMWithoutResource",
        where,
        what: `Its ${isContainer ? `ContainerVM ${marker.container ?? marker.id}` : `VirtualContainerHost ${marker.host}`} doesn't exist.`,
        todo: isContainer
          ? "Wait for the operator to bring the ContainerVM back, or unregister the VM and delete its directory."
          : "Power it off, unregister it and delete its directory.",
      },
    ];
  const vApp = known.hosts.get(marker.hostId)?.status?.vsphere?.vApp?.moRef;
  if (vApp !== undefined && (machine.vApp === undefined || morefKey(machine.vApp) !== vApp))
    return [
      {
        severity: "stuck",
        code: "VMOutOfPlace",
        where,
        what: `It isn't in the vApp of ${marker.host}, so that nobody takes care of it.`,
        todo: "Move it back into the vApp.",
      },
    ];
  return attachedDisks(machine, known, where);
}

/** Disks of images that stay on a worker though no image is being filled there. */
function attachedDisks(
  { marker, devices }: ObservedMachine,
  known: Known,
  where: string,
): Finding[] {
  if (marker?.role !== "worker") return [];
  return (devices ?? [])
    .filter(({ type }) => type === "VirtualDisk")
    .map(({ fileName = "" }) => fileName)
    .filter((disk) => !known.attached.get(marker.hostId)?.has(chainOf(disk)))
    .map((disk) => ({
      severity: "leaked",
      code: "WorkerDisk",
      where,
      what: `${disk} is attached, and no ContainerImage is being filled on it.`,
      todo: "Wait for the worker to go, two minutes after its last work; or delete its VM.",
    }));
}

/** The chain id in the path of an image's disk. */
export const chainOf = (disk: string): string => /([^/]+)\.vmdk$/.exec(disk)?.[1] ?? "";

function doubled(machines: readonly ObservedMachine[], known: Known): Finding[] {
  const byUuid = Map.groupBy(machines, (machine) => machine.instanceUuid?.toLowerCase() ?? "");
  return [...byUuid]
    .filter(
      ([uuid, same]) =>
        uuid !== "" && same.length > 1 && same.some(({ marker }) => marker && known.isOurs(marker)),
    )
    .map(([uuid, same]) => ({
      severity: "doubled",
      code: "DoubledVM",
      where: same.map(({ name, path = "" }) => `VM "${name}" ${path}`).join(", "),
      what: `${same.length} VMs have the instance UUID ${uuid}.`,
      todo: "Unregister all but the one whose directory has the container's id for a name.",
    }));
}

function withoutMachine(observed: Observed): Finding[] {
  const { before, after } = observed;
  const hosts = new Map(
    after.hosts.map((host) => [`${host.metadata.namespace}/${host.metadata.name}`, host]),
  );
  const seen = new Set<string>();
  return always(before.containers, after.containers).flatMap((container): Finding[] => {
    const { namespace, name, deletionTimestamp } = container.metadata;
    if (deletionTimestamp) return [];
    const where = `ContainerVM ${namespace}/${name}`;
    const id = idOfContainer(container);
    if (seen.has(id))
      return [
        {
          severity: "doubled",
          code: "DoubledResource",
          where,
          what: "Another ContainerVM has the same id.",
          todo: "Delete the one that isn't wanted.",
        },
      ];
    seen.add(id);
    const host = hosts.get(`${namespace}/${container.spec.hostRef.name}`);
    const site = host && siteOf(observed, host);
    // Where nobody could look, that is a finding of its own.
    if (host && !site) return [];
    if (site?.machines.some((machine) => isOriginal(machine) && machine.marker?.id === id))
      return [];
    const ready = findCondition(container.status?.conditions, "Ready");
    return [
      {
        severity: "missing",
        code: "ResourceWithoutVM",
        where,
        what: `It has no VM: ${container.status?.state ?? "Pending"}${ready ? `, ${ready.reason}: ${ready.message}` : ""}`,
        todo: host
          ? "Do what its condition Ready says."
          : `Make the VirtualContainerHost "${container.spec.hostRef.name}", or delete it.`,
      },
    ];
  });
}
