import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { EXTRA_CONFIG, GUEST_CONFIG_KEY } from "../../../api/markers.ts";
import { ANNOTATIONS } from "../../../api/metadata.ts";
import { keyOf } from "../../../kube/object.ts";
import { type Outcome, requeueAfter } from "../../../reconcile/outcome.ts";
import { readVmHardware, type VmRecord } from "../../../vsphere/index.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import { report } from "../../reporting/report.ts";
import {
  isSameContainer,
  type LeftContainer,
  parseLeftContainer,
} from "../../restoration/left-container.ts";
import { mayAdopt, takenBy } from "../../restoration/left-machines.ts";
import { markerOfOurs } from "../../virtual-machines/ours.ts";
import { networksInGuestConfig } from "../specification/guest-config.ts";
import { chooseImage } from "../decisions/image-of.ts";
import { servedBy } from "../decisions/power.ts";
import { BY_HOST, type Context, nameOf, type Scope } from "../scope/scope.ts";
import { knownStatus } from "../status/status-of.ts";
import { createImage } from "./obtaining-image.ts";

/** A VM that a container may become, and what it says. */
interface Candidate {
  readonly vm: VmRecord;
  readonly id: string;
  readonly left: LeftContainer;
  readonly guestConfig: string | undefined;
}

/**
 * Gives a container the VM that was made for it in another life of the cluster, if there is one: of its name and of its specification, or the one that
 * its annotation names. What the VM does is accepted: nothing is started or stopped. Returns undefined where there is none.
 */
export async function adopt(
  scope: Scope,
  container: ContainerVM,
  live: LiveHost,
  context: Context,
): Promise<Outcome | undefined> {
  if (container.status?.id !== undefined) return undefined;
  const candidate = await findCandidate(scope, container, live);
  if (!candidate) return undefined;
  const { vm, id, left, guestConfig } = candidate;
  const power = vm.powerState === "poweredOn" ? "On" : "Off";
  const { digest, id: imageId } = left.image ?? {};
  const imageRef = await imageOf(scope, container, context);
  const found = `VM "${vm.name ?? ""}" was there; it is taken over as it is`;
  const ready = { reason: REASONS.Adopted, message: found };
  await report(context, container, {
    status: {
      ...knownStatus(container),
      ...servedBy(container.spec, power),
      id,
      state: "Pending",
      networks: networksInGuestConfig(guestConfig),
      ...(digest === undefined ? {} : { imageDigest: digest }),
      ...(imageId === undefined ? {} : { imageId }),
      ...(imageRef === undefined ? {} : { imageRef: { name: imageRef } }),
    },
    conditions: [{ type: CONDITIONS.Ready, status: "False", ...ready }, ...nameOf(context)],
    progress: "working",
    action: "Adopt",
  });
  return requeueAfter(0);
}

async function findCandidate(
  { containers }: Scope,
  container: ContainerVM,
  live: LiveHost,
): Promise<Candidate | undefined> {
  if (!live.members) return undefined;
  const { inventory } = live.server.vsphere;
  const named = container.metadata.annotations?.[ANNOTATIONS.adopt];
  const [by, value] =
    named === undefined
      ? [EXTRA_CONFIG.container, keyOf(container)]
      : [EXTRA_CONFIG.containerId, named];
  const meant = inventory.vmsByExtraConfig(by, value, live.members).toSorted(runningFirst);
  if (meant.length === 0) return undefined;
  const others = containers
    .byIndex(BY_HOST, hostKeyOf(container))
    .filter(({ metadata }) => metadata.uid !== container.metadata.uid);
  const { ids } = takenBy(others);
  for (const vm of meant) {
    const marker = markerOfOurs(vm, live.id);
    if (!marker || !mayAdopt(container, marker) || ids.has(marker.id)) continue;
    // The cache may still show what was deleted a moment ago: vSphere itself is asked.
    const hardware = await readVmHardware(live.server.vsphere, vm.ref);
    const left = parseLeftContainer(hardware?.extraConfig[EXTRA_CONFIG.spec]);
    if (!hardware || !left) continue;
    if (named === undefined && !isSameContainer(left.spec, container.spec)) continue;
    return { vm, id: marker.id, left, guestConfig: hardware.extraConfig[GUEST_CONFIG_KEY] };
  }
  return undefined;
}

const runningFirst = (a: VmRecord, b: VmRecord): number =>
  Number(b.powerState === "poweredOn") - Number(a.powerState === "poweredOn");

/** The name of the container's image, which is made where the host has none: whoever looks at the container asks for it. */
async function imageOf(
  { images }: Scope,
  container: ContainerVM,
  context: Context,
): Promise<string | undefined> {
  const choice = chooseImage(container, images.byIndex(BY_HOST, hostKeyOf(container)));
  if ("found" in choice) return choice.found.metadata.name;
  if (!("create" in choice)) return undefined;
  await createImage(container, choice.create, context);
  return choice.create;
}
