import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import type { ConditionInput } from "../../../reconcile/conditions.ts";
import type { Problem } from "../../reporting/problem.ts";
import { type Progress, report } from "../../reporting/report.ts";
import { type Context, nameOf, wasCreated } from "../scope/scope.ts";
import { type Known, knownStatus } from "./status-of.ts";

/** Says what is in a container's way. */
export async function tellProblem(
  container: ContainerVM,
  context: Context,
  problem: Problem,
  progress: Progress,
  options: { readonly more?: readonly ConditionInput[]; readonly silent?: boolean } = {},
): Promise<void> {
  const state = container.status?.state ?? "Pending";
  const status: Known = { ...knownStatus(container), ...(wasCreated(container) ? {} : { state }) };
  const ready: ConditionInput = { type: CONDITIONS.Ready, status: "False", ...problem };
  await report(context, container, {
    status,
    conditions: [ready, ...(options.more ?? []), ...nameOf(context)],
    progress,
    action: container.metadata.deletionTimestamp ? "Delete" : "Create",
    silent: options.silent ?? false,
  });
}

/** What a container waits for whose host can't be used yet. */
export const hostNotReady = ({ spec }: ContainerVM): Problem => ({
  reason: REASONS.HostNotReady,
  message: `VirtualContainerHost "${spec.hostRef.name}" isn't ready.`,
});
