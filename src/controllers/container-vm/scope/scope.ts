import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ContainerName } from "../../../api/containername.gen.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { parseGuestReport } from "../../../api/guest-report.ts";
import { idOfContainer, instanceUuid } from "../../../api/identity.ts";
import { KINDS } from "../../../api/kinds.ts";
import { GUEST_REPORT_KEY } from "../../../api/markers.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { type Secret, secretKind } from "../../../kube/core-kinds.ts";
import type { Store } from "../../../kube/informer.ts";
import type { ConditionInput } from "../../../reconcile/conditions.ts";
import type { ReconcileContext } from "../../../reconcile/controller.ts";
import { isMember, parseMoref, type VmRecord } from "../../../vsphere/index.ts";
import { Activities } from "../../activities/activities.ts";
import { Admission } from "../../activities/admission.ts";
import type { Dependencies } from "../../dependencies.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import { type LiveHost, vmOfHost } from "../../hosts/host-registry.ts";
import { BY_HOLDER, claimKeyOf, holderKeyOf, holderKeysOf } from "../../names/claims.ts";
import { Memory } from "./memory.ts";
import { onUntoldMs } from "../decisions/late-power.ts";
import type { ObservedVm } from "../decisions/power.ts";

export type Context = ReconcileContext<ContainerVM> & {
  /** Whether the container has its name, once that is known: told with whatever else is. */
  readonly nameHeld?: ConditionInput;
};

/** What the parts of the ContainerVM controller work with. */
export interface Scope {
  readonly deps: Dependencies;
  readonly containers: Store<ContainerVM>;
  readonly images: Store<ContainerImage>;
  readonly containerHosts: Store<VirtualContainerHost>;
  readonly names: Store<ContainerName>;
  readonly secrets: Store<Secret>;
  readonly activities: Activities;
  /** Of new containers to their host's work. */
  readonly admission: Admission;
  readonly memory: Memory;
}

/** Name of the indexes of containers and images by the key of their host. */
export const BY_HOST = "host";

/** Name of the index of containers by the id that their status says. */
export const BY_ID = "id";

/** Name of the index of containers by the claim that they need. */
export const BY_CLAIM = "claim";

/** Containers of a host at work in vSphere, above which no new one begins: several times the tasks that run at once. */
const MAX_AT_WORK = 128;

export function createScope(deps: Dependencies): Scope {
  const containers = deps.informers.of(KINDS.ContainerVM);
  const images = deps.informers.of(KINDS.ContainerImage);
  containers.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);
  images.addIndex(BY_HOST, (each) => [hostKeyOf(each)]);
  const names = deps.informers.of(KINDS.ContainerName);
  containers.addIndex(BY_HOLDER, holderKeysOf);
  containers.addIndex(BY_ID, ({ status }) => (status?.id === undefined ? [] : [status.id]));
  containers.addIndex(BY_CLAIM, (each) => [claimKeyOf(each)]);
  names.addIndex(BY_HOLDER, (claim) => [holderKeyOf(claim)]);
  return {
    deps,
    containers: containers.store,
    images: images.store,
    containerHosts: deps.informers.of(KINDS.VirtualContainerHost).store,
    names: names.store,
    secrets: deps.informers.of(secretKind).store,
    activities: new Activities(),
    admission: new Admission(MAX_AT_WORK),
    memory: new Memory(),
  };
}

/**
 * The VM of a container, if it stands where its host's VMs do. One whose configuration can't be read since
 * before this process looked is known by the reference that the status has.
 */
export function vmOf(live: LiveHost, container: ContainerVM): VmRecord | undefined {
  const found = vmOfHost(live, instanceUuid(live.id, idOfContainer(container)));
  const ref = parseMoref(container.status?.vsphere?.moRef ?? "");
  if (found || !ref) return found;
  const { members, server } = live;
  const known = server.vsphere.inventory.vm(ref);
  if (!known || !members || !isMember(known, members)) return undefined;
  return known.instanceUuid === undefined ? known : undefined;
}

/** Whether the status knows of a VM. */
export const wasCreated = ({ status }: ContainerVM): boolean =>
  status?.vsphere?.moRef !== undefined;

/**
 * A VM as it is told, or as a power-on of ours has made it of which vSphere doesn't tell yet; and for how long that counts, milliseconds.
 */
export function asAnswered(
  { poweredOn }: Memory,
  key: string,
  told: VmRecord,
): { readonly vm: VmRecord; readonly untoldMs?: number } {
  const untoldMs = onUntoldMs(told, poweredOn.get(key), Date.now());
  if (untoldMs !== undefined) return { vm: { ...told, powerState: "poweredOn" }, untoldMs };
  poweredOn.delete(key);
  return { vm: told };
}

/** A VM as the decisions about it see it; undefined while vSphere says nothing of its power. */
export function observed(vm: VmRecord): ObservedVm | undefined {
  if (vm.powerState === undefined) return undefined;
  return {
    powerState: vm.powerState,
    tools: vm.toolsRunningStatus === "guestToolsRunning",
    report: parseGuestReport(vm.extraConfig[GUEST_REPORT_KEY]),
    bootedAt: vm.bootTime,
  };
}

/** The condition of the name, as far as it is known. */
export const nameOf = ({ nameHeld }: Context): ConditionInput[] => (nameHeld ? [nameHeld] : []);
