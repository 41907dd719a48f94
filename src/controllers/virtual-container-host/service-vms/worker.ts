import { createHash } from "node:crypto";
import { instanceUuid, workerId } from "../../../api/identity.ts";
import { deriveLinkKey } from "../../../api/link-key.ts";
import { workerVmName } from "../../../api/naming.ts";
import { parseGuestReport } from "../../../api/guest-report.ts";
import { EXTRA_CONFIG, GUEST_REPORT_KEY } from "../../../api/markers.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { isFault, type MoRef, type VmPlace, type VmRecord } from "../../../vsphere/index.ts";
import type { Equipment } from "../../hosts/host-registry.ts";
import { macAddress } from "../../virtual-machines/addresses.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { createVm } from "../../virtual-machines/create-vm.ts";
import { deleteLeftoverHome } from "../../virtual-machines/leftover.ts";
import { type VmConfigSpec, vmConfigSpec } from "../../virtual-machines/vm-spec.ts";
import { powerOn } from "../../virtual-machines/power.ts";
import type { HostIdentity } from "../convergence/identity.ts";
import type { ObservedWorker } from "./worker-plan.ts";

/** What a worker is made from. */
export interface WorkerParts {
  readonly host: VirtualContainerHost;
  readonly me: HostIdentity;
  readonly equipment: Equipment;
  readonly consoleAddress: string;
  /** The link Secret's bytes. */
  readonly linkKey: Uint8Array;
}

const CPUS = 1;
const MEMORY_MIB = 512;

/** The worker's specification, and what tells whether a worker was made from the same. */
export function workerSpec(parts: WorkerParts): {
  readonly config: VmConfigSpec;
  readonly fingerprint: string;
} {
  const { host, me, equipment } = parts;
  const id = workerId(me.id);
  const mac = macAddress(id, 0);
  const { address, gateway, dns } = host.spec.networks.management;
  const guestConfig = JSON.stringify({
    version: 1,
    role: "worker",
    id,
    hostname: `worker-${id.slice(0, 12)}`,
    networks: [
      {
        name: "management",
        mac,
        ...(address === undefined
          ? { dhcp: true }
          : { address, ...(gateway === undefined ? {} : { gateway }) }),
        ...(dns === undefined ? {} : { dns }),
      },
    ],
    log: { port: "ttyS0" },
    link: {
      address: parts.consoleAddress,
      authorizedKey: deriveLinkKey(parts.linkKey, id).authorizedKey,
    },
  });
  const fingerprint = createHash("sha256")
    .update(`${guestConfig}\n${equipment.isoPath}\n${equipment.management.ref.value}`)
    .digest("hex")
    .slice(0, 16);
  const config = vmConfigSpec({
    name: workerVmName(host.metadata.namespace, host.metadata.name),
    marker: { installation: me.installation, hostId: me.id, host: me.key, id, role: "worker" },
    datastore: me.store.datastore,
    cpus: CPUS,
    memoryMiB: MEMORY_MIB,
    isoPath: equipment.isoPath,
    guestConfig,
    extraConfig: [[EXTRA_CONFIG.config, fingerprint]],
    annotation: `Worker of VirtualContainerHost ${me.key}: fills the disks of its images. Made and deleted by vic-operator as needed.`,
    addDevices: (devices) => devices.addNic(equipment.management, mac),
  });
  return { config, fingerprint };
}

/** The worker's VM in the inventory's cache. */
export const findWorker = (
  server: PooledServer,
  members: MoRef,
  hostId: string,
): VmRecord | undefined => {
  const uuid = instanceUuid(hostId, workerId(hostId));
  return server.vsphere.inventory.vms(members).find((vm) => vm.instanceUuid === uuid);
};

export function observeWorker(
  vm: VmRecord | undefined,
  fingerprint: string,
  nowMs: number,
): ObservedWorker | undefined {
  if (!vm?.powerState) return undefined;
  const bootMs = vm.bootTime === undefined ? Number.NaN : Date.parse(vm.bootTime);
  return {
    powerState: vm.powerState,
    report: parseGuestReport(vm.extraConfig[GUEST_REPORT_KEY]),
    current: vm.extraConfig[EXTRA_CONFIG.config] === fingerprint,
    onForMs: vm.powerState === "poweredOn" && !Number.isNaN(bootMs) ? nowMs - bootMs : undefined,
  };
}

/** Creates the worker's VM and powers it on. What a killed run left of its directory goes first. */
export async function createWorker(
  server: PooledServer,
  place: VmPlace,
  me: HostIdentity,
  config: VmConfigSpec,
): Promise<void> {
  const create = () => createVm(server, place, config);
  let outcome;
  try {
    outcome = await create();
  } catch (error) {
    if (!isFault(error, "FileAlreadyExists", "AlreadyExists")) throw error;
    const deleted = await deleteLeftoverHome(server, me.store.datastore, me.id, workerId(me.id));
    if (!deleted) throw error;
    outcome = await create();
  }
  if (outcome.state === "success" && outcome.result) await powerOn(server, outcome.result as MoRef);
}
