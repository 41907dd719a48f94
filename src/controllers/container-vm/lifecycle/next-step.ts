import { type Run } from "../decisions/observe.ts";
import { isEnding, planPower, type PowerStep, type Wish } from "../decisions/power.ts";
import { lastedMs, restartsAfter } from "../decisions/restart-policy.ts";
import type { Memory } from "../scope/memory.ts";
import type { Scope } from "../scope/scope.ts";
import { endsRun } from "../status/life-events.ts";
import type { Turn } from "./turn.ts";

/** A start that a restart policy asks for. */
interface NextStart {
  /** How many it has asked for then. */
  readonly restarts: number;
  readonly inMs: number;
}

/** What a turn does about a container's power, and when it is looked at again. */
export interface NextStep {
  readonly step: PowerStep;
  readonly again: NextStart | undefined;
  /** In how many milliseconds a VM whose run is over is helped to power off. */
  readonly endingMs: number | undefined;
  /** In how many milliseconds a guest that hasn't started its process counts as silent. */
  readonly silentInMs: number | undefined;
}

/** How long a VM may take to power off after its guest's last report, milliseconds. */
const END_MS = 60_000;

/** The wish of a restart policy. */
const START_AGAIN: Wish = { target: "On", restart: false, kill: false, timeoutSeconds: 0 };

/** Decides what a turn does, and remembers since when what is waited for goes on. */
export function nextStep(scope: Scope, turn: Turn, run: Run): NextStep {
  const { memory, deps } = scope;
  const { key, seen, before, recorded, wish } = turn;
  const again = wish ? undefined : nextStart(scope, turn, run);
  const isDue = again && again.inMs <= 0 && before.state === "Restarting";
  const wanted = wish ?? (isDue ? START_AGAIN : undefined);
  const planned = planPower(wanted, seen, recorded, memory.stops.get(key), Date.now());
  const endingMs = endsIn(memory.endingSince, key, isEnding(seen, recorded), END_MS);
  const isStarting = run.state === "Starting" && seen.powerState === "poweredOn";
  const silentInMs = endsIn(memory.silentSince, key, isStarting, deps.silentMs);
  const isStuck = endingMs !== undefined && endingMs <= 0;
  const step: PowerStep = isStuck ? { do: "powerOff", timedOut: false } : planned;
  return { step, again, endingMs, silentInMs };
}

/** The start that a restart policy asks for, once a run has ended. */
function nextStart(
  { memory }: Scope,
  { key, container, before, recorded }: Turn,
  run: Run,
): NextStart | undefined {
  const isDecided = before.state === "Restarting" && before.run === run.run;
  if (!isDecided && !endsRun(before, run)) {
    if (run.exit) memory.restarts.forget(key);
    return undefined;
  }
  const done = Math.max(0, (recorded.restarts ?? 0) - (isDecided ? 1 : 0));
  const stopRequested = recorded.stopRequested === true || run.stopped === true;
  const end = { state: run.state, stopRequested, ...(run.exit ? { exit: run.exit } : {}) };
  if (!restartsAfter(container.spec.restart, end, done)) return undefined;
  const now = Date.now();
  const due = memory.restarts.due(key, run.run, lastedMs(run.startedAt, run.exit), now);
  return { restarts: done + 1, inMs: due - now };
}

/** In how many milliseconds something has gone on for so long; undefined where it doesn't. Its beginning is kept in `began`. */
function endsIn(
  began: Memory["endingSince"],
  key: string,
  goesOn: boolean,
  forMs: number,
): number | undefined {
  if (!goesOn) {
    began.delete(key);
    return undefined;
  }
  const since = began.get(key) ?? Date.now();
  began.set(key, since);
  return since + forMs - Date.now();
}
