import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import { KINDS } from "../../../api/kinds.ts";
import { takesRoom } from "../../../api/quota.ts";
import { isConflict, isNotFound } from "../../../kube/errors.ts";
import { findCondition } from "../../../reconcile/conditions.ts";
import { awaitChange, type Outcome, requeueAfter } from "../../../reconcile/outcome.ts";
import type { VmRecord } from "../../../vsphere/index.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import type { Problem } from "../../reporting/problem.ts";
import { refusedToRun } from "../claims/quota.ts";
import { observeRun, type Run } from "../decisions/observe.ts";
import { type Served, servedBy } from "../decisions/power.ts";
import type { Context, Scope } from "../scope/scope.ts";
import { endsRun } from "../status/life-events.ts";
import { type Known, statusOf } from "../status/status-of.ts";
import { write } from "../status/status-writing.ts";
import { explainEnd, LAST_WORD_MS } from "./ending.ts";
import { type NextStep, nextStep } from "./next-step.ts";
import { take } from "./power-steps.ts";
import { beginTurn, type Turn } from "./turn.ts";

/** After so long it is looked whether an ESXi host's name is known, milliseconds. */
const NAME_MS = 1000;

/** Serves a container that has a VM: its wishes about power, and its status. */
export async function serve(
  scope: Scope,
  container: ContainerVM,
  live: LiveHost,
  vm: VmRecord,
  context: Context,
): Promise<Outcome> {
  const turn = await beginTurn(scope, container, live, vm);
  if (!turn) return awaitChange();
  const { seen, before, adopted, recorded, wish } = turn;
  const cut = await explainEnd(scope, container, live, vm, seen, recorded);
  if (cut === "wait") return requeueAfter(LAST_WORD_MS);
  const run = observeRun(seen, recorded, cut, new Date().toISOString());
  const next = nextStep(scope, turn, run);
  forgetWhatIsOver(scope, turn, run);
  const silent = silenceOf(scope, turn, next);
  const status = (served: Partial<Served>): Known => statusIn(scope, turn, run, next, served);
  // How a run ended is told before the next one begins.
  if (next.step.do === "powerOn" && endsRun(before, run))
    await write(scope, container, context, before, status(adopted));
  // What a restart policy starts again has kept its room.
  const refused = next.step.do === "powerOn" && wish ? refusedToRun(scope, container) : undefined;
  if (refused) {
    await write(scope, container, context, before, status(adopted), refused);
    return awaitChange();
  }
  // Written before the guest is asked: when this process dies, the next one knows who stopped it.
  if (next.step.do === "askToStop" && before.state !== "Stopping")
    await write(scope, container, context, before, status(adopted));
  const stepped = await take(scope, turn, next.step);
  if (stepped === "started") return awaitChange();
  if (stepped === "asked") return requeueAfter(0);
  const isServed = next.step.do === "nothing" && wish !== undefined;
  const now = status(isServed ? servedBy(container.spec, wish.target) : adopted);
  const heldMs = await write(scope, container, context, before, now, silent);
  // Its run may be over before the VM is off: what was served can't be taken back.
  if (isServed) scope.memory.stops.delete(turn.key);
  if (heldMs === undefined && !wish && isFinished(container, now)) {
    await removeAtEnd(container, context);
    return awaitChange();
  }
  return lookAgain(scope, turn, next, [stepped, heldMs, turn.untoldMs]);
}

/** Forgets what was remembered until a run began or ended, or a wish was gone. */
function forgetWhatIsOver(
  { memory }: Scope,
  { key, container, before, wish }: Turn,
  run: Run,
): void {
  if (run.state === "Running") memory.killed.delete(key);
  if (!wish) memory.refused.delete(key);
  // Not when the start is served: the status that tells so is written, and seen, later.
  if (takesRoom(container) || endsRun(before, run) || wish?.target === "Off")
    memory.granted.delete(key);
}

/** The status, with these wishes served. */
function statusIn(
  scope: Scope,
  turn: Turn,
  run: Run,
  { step, again }: NextStep,
  served: Partial<Served>,
): Known {
  const { key, seen, before, vm, wish } = turn;
  const isStopping = wish && (scope.memory.stops.has(key) || step.do === "askToStop");
  const decided = {
    served,
    stopping: isStopping === true && seen.powerState === "poweredOn",
    restarting: again !== undefined || (wish?.takenBack === true && run.exit !== undefined),
    restarts: again?.restarts,
  };
  return statusOf(before, vm, run, decided, shownHost(scope, turn).name);
}

const isSilent = ({ silentInMs }: NextStep): boolean => silentInMs !== undefined && silentInMs <= 0;

/** What there is to tell of a guest that hasn't started its process. Its ISO may be missing: the host is looked at. */
function silenceOf(
  { deps }: Scope,
  { container, live }: Turn,
  next: NextStep,
): Problem | undefined {
  if (!isSilent(next)) return undefined;
  const ready = findCondition(container.status?.conditions, CONDITIONS.Ready);
  if (ready?.reason !== REASONS.Unresponsive) deps.hosts.suspect(live.key);
  return UNRESPONSIVE;
}

const UNRESPONSIVE: Problem = {
  reason: REASONS.Unresponsive,
  message:
    "The VM is on, but its guest hasn't started the process: its CD-ROM drive may be empty, or its ESXi host overloaded. Look at its console in vSphere; then stop and start the container.",
};

/** When the earliest of what is waited for is due. */
function lookAgain(
  scope: Scope,
  turn: Turn,
  next: NextStep,
  others: readonly (number | undefined)[],
): Outcome {
  const { again, endingMs, silentInMs } = next;
  const nameMs = shownHost(scope, turn).isPending ? NAME_MS : undefined;
  // One that is due waits for the power-off, which the watch tells.
  const againMs = again && again.inMs > 0 ? again.inMs : undefined;
  const quietMs = isSilent(next) ? undefined : silentInMs;
  const waits = [...others, nameMs, endingMs, againMs, quietMs].filter((ms) => ms !== undefined);
  return waits.length > 0 ? requeueAfter(Math.min(...waits)) : awaitChange();
}

/** The name of the ESXi host. Names come a moment after a start: what the status says stands until then. */
function shownHost(
  { deps }: Scope,
  { live, vm, before }: Turn,
): { readonly name: string | undefined; readonly isPending: boolean } {
  const name = vm.host && deps.servers.hostName(live.server, vm.host);
  const isPending = vm.host !== undefined && name === undefined;
  return { name: isPending ? before.vsphere?.host : name, isPending };
}

/** Whether a container is to go, now that it has ended (`docker run --rm`). */
const isFinished = ({ spec, metadata }: ContainerVM, { state }: Known): boolean =>
  spec.autoRemove === true &&
  metadata.deletionTimestamp === undefined &&
  (state === "Exited" || state === "Failed");

async function removeAtEnd({ metadata }: ContainerVM, { client }: Context): Promise<void> {
  const { name, namespace, uid } = metadata;
  try {
    await client.delete(KINDS.ContainerVM, { name, namespace }, { uid });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
