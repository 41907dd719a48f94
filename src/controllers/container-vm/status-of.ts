import { isDeepStrictEqual } from "node:util";
import type { ContainerVM, ContainerVMStatus } from "../../api/containervm.gen.ts";
import { morefKey, type VmRecord } from "../../vsphere/index.ts";
import type { Run } from "./observe.ts";
import type { Served } from "./power.ts";

/** A container's status, but for conditions. */
export type Known = Omit<ContainerVMStatus, "conditions" | "observedGeneration">;

/** What was found earlier. */
export function knownStatus({ status }: ContainerVM): Known {
  const { conditions: _conditions, observedGeneration: _generation, ...known } = status ?? {};
  return known;
}

/** The status of a container whose VM exists. Pure. */
export function statusOf(
  before: Known,
  vm: VmRecord,
  run: Run,
  served: Partial<Served>,
  hostName: string | undefined,
): Known {
  const {
    exit: _exit,
    startedAt: _startedAt,
    pid: _pid,
    hostname: _hostname,
    tools: _tools,
    vsphere: _vsphere,
    ...kept
  } = before;
  return {
    ...kept,
    ...served,
    state: run.state,
    run: run.run,
    starts: Math.max(before.starts ?? 0, run.run),
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
    ...(run.pid === undefined ? {} : { pid: run.pid }),
    ...(run.exit === undefined ? {} : { exit: run.exit }),
    ...(vm.hostName === undefined ? {} : { hostname: vm.hostName }),
    tools: vm.toolsRunningStatus === "guestToolsRunning" ? "Running" : "NotRunning",
    vsphere: {
      moRef: morefKey(vm.ref),
      ...(vm.name === undefined ? {} : { name: vm.name }),
      ...(hostName === undefined ? {} : { host: hostName }),
      ...(vm.powerState === undefined ? {} : { powerState: vm.powerState }),
      ...(vm.instanceUuid === undefined ? {} : { instanceUuid: vm.instanceUuid }),
      ...(vm.vmPathName === undefined ? {} : { path: vm.vmPathName }),
    },
  };
}

/** How long a status may be behind, so that several changes make one write; milliseconds. */
const FACTS_MS = 1000;
const STARTING_MS = 10_000;

/**
 * For how long the write of a status may wait for more to come. What somebody waits for is written
 * at once; that a VM is starting is worth a write only when it takes long.
 */
export function holdMs(before: Known, now: Known): number {
  if (before.exit?.code !== now.exit?.code || before.run !== now.run)
    if (now.state !== "Starting") return 0;
  const served = before.request === now.request && before.servedPowerState === now.servedPowerState;
  if (now.state === "Starting" && before.state !== "Running") return STARTING_MS;
  return before.state === now.state && served ? FACTS_MS : 0;
}

/** Whether two statuses say the same, whatever the order of their fields. */
export const sameStatus = (a: Known, b: Known): boolean => isDeepStrictEqual(a, b);
