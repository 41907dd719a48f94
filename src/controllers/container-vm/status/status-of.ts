import { isDeepStrictEqual } from "node:util";
import type {
  ContainerVM,
  ContainerVMStatus,
  ContainerVMStatusNetwork,
  ContainerVMStatusState,
} from "../../../api/containervm.gen.ts";
import { dockerNameOf } from "../../../api/docker-name.ts";
import { morefKey, type VmRecord } from "../../../vsphere/index.ts";
import type { Run } from "../decisions/observe.ts";
import type { Served } from "../decisions/power.ts";

/** A container's status, but for conditions. */
export type Known = Omit<ContainerVMStatus, "conditions" | "observedGeneration">;

/** What was found earlier, and its name. */
export function knownStatus(container: ContainerVM): Known {
  const {
    conditions: _conditions,
    observedGeneration: _generation,
    ...known
  } = container.status ?? {};
  return { ...known, dockerName: dockerNameOf(container) };
}

/** What was decided about a container, beside what is observed of its VM. */
export interface Decided {
  /** Wishes served. */
  readonly served: Partial<Served>;
  /** It is being stopped. */
  readonly stopping?: boolean;
  /** It is started again in a moment. */
  readonly restarting?: boolean;
  /** How often a restart policy has asked for that then. */
  readonly restarts?: number | undefined;
}

/** The status of a container whose VM exists. Pure. */
export function statusOf(
  before: Known,
  vm: VmRecord,
  run: Run,
  { served, stopping = false, restarting = false, restarts }: Decided,
  hostName: string | undefined,
): Known {
  const {
    exit: _exit,
    startedAt: _startedAt,
    pid: _pid,
    agent: _agent,
    hostname: _hostname,
    tools: _tools,
    vsphere: _vsphere,
    restarts: _restarts,
    stopRequested: _stopRequested,
    ...kept
  } = before;
  const { restarts: anew, stopRequested: told, ...servedNow } = served;
  // Somebody powered it on in vSphere: as if it had been started by a wish.
  const fromOutside = RESTING.has(before.state ?? "Pending") && run.run > (before.run ?? 0);
  const count = restarts ?? (fromOutside ? 0 : (anew ?? before.restarts ?? 0));
  const isTold =
    run.state !== "Created" &&
    (stopping || run.stopped === true || (told ?? (!fromOutside && before.stopRequested === true)));
  return {
    ...kept,
    ...servedNow,
    state: shownState(run, stopping, restarting),
    run: run.run,
    starts: Math.max(before.starts ?? 0, run.run),
    ...(count > 0 ? { restarts: count } : {}),
    ...(isTold ? { stopRequested: true } : {}),
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
    ...(run.pid === undefined ? {} : { pid: run.pid }),
    ...(run.agent === undefined ? {} : { agent: run.agent }),
    ...(run.exit === undefined ? {} : { exit: run.exit }),
    ...(run.macs && kept.networks
      ? { networks: kept.networks.map((each) => withMac(each, run.macs)) }
      : {}),
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

const withMac = (
  network: ContainerVMStatusNetwork,
  macs: Readonly<Record<string, string>> | undefined,
): ContainerVMStatusNetwork =>
  macs && Object.hasOwn(macs, network.name)
    ? { ...network, mac: macs[network.name] ?? "" }
    : network;

/** States in which only a start makes another run. */
const RESTING: ReadonlySet<string> = new Set(["Created", "Exited", "Failed", "Gone"]);

function shownState(
  { state }: Run,
  stopping: boolean,
  restarting: boolean,
): ContainerVMStatusState {
  if (restarting) return "Restarting";
  return stopping && (state === "Running" || state === "Starting") ? "Stopping" : state;
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
  // The console can't reach the agent before it knows how it proves itself.
  if (before.agent?.hostKey !== now.agent?.hostKey && now.agent) return 0;
  const served = before.request === now.request && before.servedPowerState === now.servedPowerState;
  if (now.state === "Starting" && before.state !== "Running") return STARTING_MS;
  return before.state === now.state && served ? FACTS_MS : 0;
}

/** Whether two statuses say the same, whatever the order of their fields. */
export const sameStatus = (a: Known, b: Known): boolean => isDeepStrictEqual(a, b);
