import { parseGuestReport } from "../../../api/guest-report.ts";
import { GUEST_MARK_KEY, GUEST_REPORT_KEY } from "../../../api/markers.ts";
import {
  downloadFile,
  isFault,
  listDirectory,
  type MoRef,
  parseDatastorePath,
  readVmHardware,
  reconfigureVm,
  shutdownGuest,
  type VmPlace,
  type VmRecord,
} from "../../../vsphere/index.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import { realPath } from "../../directories/real-path.ts";
import { createVm } from "../../virtual-machines/create-vm.ts";
import { browserOf, directoryOf, homeOf } from "../../virtual-machines/home.ts";
import { powerOff, powerOn, removeVm } from "../../virtual-machines/power.ts";
import type { VmConfigSpec } from "../../virtual-machines/vm-spec.ts";
import { endInLog, type LoggedEnd } from "../decisions/observe.ts";
import type { Served, StopInProgress } from "../decisions/power.ts";

// What is done to containers' VMs in vSphere. All of it is harmless to repeat.

/**
 * Creates a container's VM, and powers it on where it shall run: two calls.
 *
 * @param served asked when the VM is there: what counts as served then
 * @returns its answer; undefined where the outcome is unknown
 */
export async function createContainer(
  host: LiveHost,
  place: VmPlace,
  config: VmConfigSpec,
  served: () => Served | undefined,
): Promise<Served | undefined> {
  const created = await createVm(host.server, place, config);
  if (created.state !== "success" || !created.result) return undefined;
  const now = served();
  if (now && !now.stopRequested) await powerOn(host.server, created.result as MoRef);
  return now;
}

/**
 * Powers a container's VM on; one that is on is fine. Where the last run was cut, it is made sure that the server has forgotten that run's mark, by which
 * the guest would take this for a reset (docs/guest-protocol.md).
 */
export async function startContainer(host: LiveHost, vm: VmRecord): Promise<void> {
  const { state } = parseGuestReport(vm.extraConfig[GUEST_REPORT_KEY]);
  if (state === "booting" || state === "running") await dropMark(host, vm.ref);
  await powerOn(host.server, vm.ref);
}

async function dropMark({ server }: LiveHost, vm: MoRef): Promise<void> {
  const { vsphere } = server;
  const found = await readVmHardware(vsphere, vm);
  if (found?.extraConfig[GUEST_MARK_KEY] === undefined) return;
  const spec = {
    // Not where it was powered on meanwhile: then the mark is that run's.
    changeVersion: found.changeVersion,
    // An empty value takes a key away.
    extraConfig: [{ key: GUEST_MARK_KEY, value: "" }],
  };
  await vsphere.tasks.run(reconfigureVm(vsphere, vm, spec));
}

/** Cuts the power; a VM that is off is fine. */
export const cutPower = (host: LiveHost, vm: VmRecord): Promise<void> =>
  powerOff(host.server, vm.ref);

/**
 * Takes a container away with its directory: two calls, and one more where the VM is on, or was moved to another datastore. What shares
 * a directory with others stays in it.
 */
export async function removeContainer(
  host: LiveHost,
  vm: VmRecord | undefined,
  id: string,
): Promise<void> {
  await removeVm(host.server, vm, await homeOf(host, vm, id));
}

/**
 * Whether a VM that left the inventory was unregistered: its files are still there.
 *
 * @param vmPath where it was last; undefined: where it was made
 */
export async function isUnregistered(
  host: LiveHost,
  vmPath: string | undefined,
  id: string,
): Promise<boolean> {
  const directory = await realPath(host.server, directoryOf(host, vmPath, id));
  const browser = await browserOf(host, directory);
  const entries = await listDirectory(host.server.vsphere, browser, directory);
  return entries?.some(({ name }) => name.endsWith(".vmx")) ?? false;
}

/** Bytes at the end of a log that are read for its last frame. */
const TAIL_BYTES = 16 * 1024;

/** The end of a run from the last frame of its log; undefined when it doesn't tell. */
export async function readLoggedEnd(
  host: LiveHost,
  vm: VmRecord,
  id: string,
  run: number,
): Promise<LoggedEnd | undefined> {
  const directory = await realPath(host.server, directoryOf(host, vm.vmPathName, id));
  const browser = await browserOf(host, directory);
  const entry = (await listDirectory(host.server.vsphere, browser, directory, "*.log"))?.find(
    ({ name }) => name === `${id}.log`,
  );
  const where = parseDatastorePath(`${directory}/${id}.log`);
  if (!entry) return undefined;
  const start = Math.max(0, entry.sizeBytes - TAIL_BYTES);
  const body = await downloadFile(
    host.server.vsphere,
    { datacenter: host.server.datacenter.path, ...where },
    { start },
  );
  if (!body) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array));
  return endInLog(Buffer.concat(chunks).toString("utf8"), run);
}

/**
 * Asks a guest to stop, and remembers it in `stops`. Where vSphere refuses, the guest hasn't heard of it; where its answer is unknown, nothing is
 * remembered. It is asked again then. Returns whether it was asked.
 */
export async function requestStop(
  live: LiveHost,
  vm: VmRecord,
  stops: Map<string, StopInProgress>,
  key: string,
): Promise<boolean> {
  const askedAtMs = Date.now();
  stops.set(key, { askedAtMs });
  try {
    const isOff = (await askToStop(live, vm)) === "off";
    if (isOff) stops.set(key, { askedAtMs, unheard: true });
    return !isOff;
  } catch (error) {
    if (isFault(error, "MethodFault")) stops.set(key, { askedAtMs, unheard: true });
    else stops.delete(key);
    throw error;
  }
}

/** Remembers in `stops` that a guest is to be asked once its tools are there. */
export function awaitTools(stops: Map<string, StopInProgress>, key: string): void {
  if (!stops.has(key)) stops.set(key, { askedAtMs: Date.now(), unheard: true });
}

/** Asks a guest to stop. One whose tools went away, or that is off, is no error: the next look tells. */
async function askToStop(live: LiveHost, vm: VmRecord): Promise<"off" | undefined> {
  try {
    await shutdownGuest(live.server.vsphere, vm.ref);
  } catch (error) {
    if (isFault(error, "InvalidPowerState")) return "off";
    if (!isFault(error, "ToolsUnavailable", "ManagedObjectNotFound")) throw error;
  }
  return undefined;
}
