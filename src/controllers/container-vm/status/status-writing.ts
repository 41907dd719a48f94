import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import type { ConditionInput } from "../../../reconcile/conditions.ts";
import type { Problem } from "../../reporting/problem.ts";
import { report } from "../../reporting/report.ts";
import { stateConditions } from "./condition-of.ts";
import { endsRun, lifeEvents } from "./life-events.ts";
import { type Context, nameOf, type Scope } from "../scope/scope.ts";
import { holdMs, type Known, sameStatus } from "./status-of.ts";

const UNDERWAY: ReadonlySet<string> = new Set(["Starting", "Stopping", "Restarting"]);

/**
 * Writes a status, or returns for how long it may wait for more to come.
 *
 * @param refused why what was wished for isn't done: told at once
 */
export async function write(
  { memory }: Scope,
  container: ContainerVM,
  context: Context,
  before: Known,
  now: Known,
  refused?: Problem,
): Promise<number | undefined> {
  const key = keyOf(container);
  const since = memory.behindSince.get(key) ?? Date.now();
  const leftMs = refused ? 0 : since + holdMs(before, now) - Date.now();
  if (leftMs > 0 && !sameStatus(before, now)) {
    memory.behindSince.set(key, since);
    return leftMs;
  }
  memory.behindSince.delete(key);
  const state = now.state ?? "Pending";
  // What Docker started runs although its manifest says Off.
  const wantedOff =
    container.spec.powerState === "Off" && (state === "Created" || now.stopRequested === true);
  const [isReady, created] = stateConditions(state, wantedOff, now.exit);
  const ready: ConditionInput = refused ? { ...isReady, status: "False", ...refused } : isReady;
  await report(context, container, {
    status: now,
    conditions: [
      ready,
      created,
      ...nameOf(context),
      {
        type: CONDITIONS.ImageReady,
        status: "True",
        reason: REASONS.Available,
        message: `ContainerImage "${now.imageRef?.name ?? ""}" is ready`,
      },
    ],
    progress: refused ? "stuck" : UNDERWAY.has(state) ? "working" : "done",
    action: "Run",
    // The end of a run makes an event of its own.
    silent: endsRun(before, now),
  });
  for (const event of lifeEvents(container, before, now, ready)) context.event(container, event);
  memory.served.delete(key);
  return undefined;
}
