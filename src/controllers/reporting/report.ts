import type { Condition as ApiCondition } from "../../api/condition.ts";
import { CONDITIONS } from "../../api/conditions.ts";
import type { KindName, KindOf } from "../../api/kinds.ts";
import { type ConditionInput, findCondition, setConditions } from "../../reconcile/conditions.ts";
import type { ReconcileContext, StatusOf } from "../../reconcile/controller.ts";

type OurObject = KindOf[KindName];

/**
 * Where a resource is on its way, as kstatus asks: `working` towards what was asked for, `stuck`
 * until somebody changes something, or `done`.
 */
export type Progress = "working" | "stuck" | "done";

/** Conditions as they shall stand, with what kstatus reads. Pure. */
export function conditionsWith(
  object: OurObject,
  inputs: readonly ConditionInput[],
  progress: Progress,
  remove: readonly string[] = [],
): ApiCondition[] {
  const ready = findCondition(inputs, CONDITIONS.Ready);
  const told = { reason: ready?.reason ?? "Progressing", message: ready?.message ?? "" };
  const kstatus: ConditionInput[] = [];
  if (progress === "working")
    kstatus.push({ type: CONDITIONS.Reconciling, status: "True", ...told });
  if (progress === "stuck") kstatus.push({ type: CONDITIONS.Stalled, status: "True", ...told });
  const gone = [CONDITIONS.Reconciling, CONDITIONS.Stalled].filter(
    (type) => !findCondition(kstatus, type),
  );
  return setConditions(object.status?.conditions, [...inputs, ...kstatus].map(shortened), {
    generation: object.metadata.generation,
    remove: [...gone, ...remove],
  });
}

/** The API server refuses longer ones (crds/). */
const MAX_MESSAGE = 4096;
const shortened = (input: ConditionInput): ConditionInput =>
  input.message.length <= MAX_MESSAGE
    ? input
    : { ...input, message: `${input.message.slice(0, MAX_MESSAGE - 1)}…` };

/**
 * Whether what stands in the status of a resource is about its spec as it is now. Then a wait that
 * every start of the operator brings, and that ends by itself, isn't worth a write.
 */
export const isTold = ({ metadata, status }: OurObject): boolean =>
  status?.observedGeneration === metadata.generation &&
  findCondition(status?.conditions, CONDITIONS.Ready) !== undefined;

/** What a reconcile found, to be told. */
export interface Report<T extends OurObject> {
  /** The whole status, but for conditions and observedGeneration. */
  readonly status: Omit<StatusOf<T>, "conditions" | "observedGeneration">;
  readonly conditions: readonly ConditionInput[];
  readonly progress: Progress;
  /** What was being done, for the event; UpperCamelCase. */
  readonly action: string;
  /** Types of conditions that no longer say anything. */
  readonly remove?: readonly string[];
  /** No event: the error that follows makes one. */
  readonly silent?: boolean;
}

/**
 * Writes the status, and an event where Ready turned to a new reason that a person should hear of:
 * a failure always, and the way back to Ready after one.
 */
export async function report<T extends OurObject>(
  context: Pick<ReconcileContext<T>, "writeStatus" | "event">,
  object: T,
  { status, conditions, progress, action, remove, silent }: Report<T>,
): Promise<void> {
  const before = findCondition(object.status?.conditions, CONDITIONS.Ready);
  const ready = findCondition(conditions, CONDITIONS.Ready);
  await context.writeStatus(object, {
    ...status,
    conditions: conditionsWith(object, conditions, progress, remove),
    observedGeneration: object.metadata.generation,
  } as unknown as StatusOf<T>);
  if (!ready || silent || before?.reason === ready.reason) return;
  if (ready.status === "False" && !QUIET.has(ready.reason)) {
    context.event(object, { type: "Warning", reason: ready.reason, action, note: ready.message });
  } else if (ready.status === "True" && before?.status === "False" && !QUIET.has(before.reason)) {
    context.event(object, { type: "Normal", reason: ready.reason, action, note: ready.message });
  }
}

/** Reasons that are steps of a normal life, and cost no event. */
const QUIET: ReadonlySet<string> = new Set([
  "Progressing",
  "Creating",
  "Starting",
  "Running",
  "Stopping",
  "Restarting",
  "Stopped",
  "Completed",
  "Exited",
  "Deleting",
  "ImageNotReady",
  "HostNotReady",
]);
