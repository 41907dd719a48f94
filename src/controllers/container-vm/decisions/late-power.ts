import { parseGuestReport } from "../../../api/guest-report.ts";
import { GUEST_REPORT_KEY } from "../../../api/markers.ts";
import type { VmRecord } from "../../../vsphere/index.ts";

// vCenter may tell of a VM's power seconds after a call has changed it (docs/vcenter-assumptions.md, V37).

/** A power-on of ours that vSphere has carried out and may not tell of yet. */
export interface PowerOn {
  /** The run that the guest had reported last before it. */
  readonly run: number;
  /** What vSphere said of the power-off before it. */
  readonly cleanPowerOff: boolean | undefined;
  /** When it was answered, milliseconds. */
  readonly answeredAtMs: number;
}

/** A power-on of a VM, or, where there was none before, of one that was just made. */
export const powerOnOf = (vm: VmRecord | undefined, answeredAtMs: number): PowerOn => ({
  run: vm ? reportOf(vm).run : 0,
  cleanPowerOff: vm?.cleanPowerOff,
  answeredAtMs,
});

/**
 * For how long a VM that vSphere tells to be off still counts as one that is on, milliseconds; undefined where what is told holds: it is told to be on,
 * its guest has ended the run that began, or its host or its VM's process there has failed since.
 */
export function onUntoldMs(
  vm: VmRecord,
  powerOn: PowerOn | undefined,
  nowMs: number,
): number | undefined {
  if (!powerOn || vm.powerState !== "poweredOff") return undefined;
  const { run, state } = reportOf(vm);
  const hasEnded = run > powerOn.run && (state === "exited" || state === "failed");
  const hasFailed = vm.cleanPowerOff === false && powerOn.cleanPowerOff !== false;
  if (hasEnded || hasFailed) return undefined;
  const leftMs = powerOn.answeredAtMs + LATE_MS - nowMs;
  return leftMs > 0 ? leftMs : undefined;
}

const reportOf = (vm: VmRecord) => parseGuestReport(vm.extraConfig[GUEST_REPORT_KEY]);

/** How late vSphere may be: vCenter was seen to be by 20 s. */
const LATE_MS = 25_000;
