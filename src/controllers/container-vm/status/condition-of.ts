import { CONDITIONS, type Reason, REASONS } from "../../../api/conditions.ts";
import type {
  ContainerVMStatusExit,
  ContainerVMStatusState,
} from "../../../api/containervm.gen.ts";
import type { ConditionInput } from "../../../reconcile/conditions.ts";
import { condition } from "../../reporting/condition.ts";

/**
 * Ready and Created of a container whose VM exists or existed.
 *
 * A container that ended with 0 is done and so Ready; one that ended otherwise is not, and nothing
 * will be done about it. One that shall be Off and is, is as it was asked to be.
 *
 * @param wantedOff whether the manifest says Off, and that is why it is
 */
export function stateConditions(
  state: ContainerVMStatusState,
  wantedOff: boolean,
  exit: ContainerVMStatusExit | undefined,
): [ready: ConditionInput, created: ConditionInput] {
  return [
    readyOf(state, wantedOff, exit),
    condition(
      CONDITIONS.Created,
      state === "Gone" ? "False" : "True",
      state === "Gone" ? REASONS.VMDeleted : REASONS.Available,
      state === "Gone" ? GONE : "The VM exists",
    ),
  ];
}

const GONE =
  "The VM vanished from vSphere. Register it again if its files are still there, or delete this ContainerVM and apply it anew.";

const SUSPENDED =
  "The VM is suspended in vSphere: start the container to go on, or stop it to end it.";

function readyOf(
  state: ContainerVMStatusState,
  wantedOff: boolean,
  exit: ContainerVMStatusExit | undefined,
): ConditionInput {
  const ready = (
    status: ConditionInput["status"],
    reason: Reason,
    message: string,
  ): ConditionInput => condition(CONDITIONS.Ready, status, reason, message);
  switch (state) {
    case "Running":
      return ready("True", REASONS.Running, "The process runs");
    case "Starting":
      return ready("False", REASONS.Starting, "The VM is on; its process hasn't started yet");
    case "Stopping":
      return ready("False", REASONS.Stopping, "It was asked to stop");
    case "Created":
      return ready(
        wantedOff ? "True" : "False",
        REASONS.Stopped,
        "The VM exists and was never started",
      );
    case "Suspended":
      return ready("False", REASONS.Suspended, SUSPENDED);
    case "Restarting":
      return ready("False", REASONS.Restarting, `${ended(exit)}; it is started again`);
    case "Gone":
      return ready("False", REASONS.VMDeleted, GONE);
    case "Exited":
    case "Failed": {
      const message = ended(exit);
      if (state === "Exited" && exit?.code === 0) return ready("True", REASONS.Completed, message);
      if (wantedOff && state === "Exited") return ready("True", REASONS.Stopped, message);
      return ready("False", (exit?.reason as Reason | undefined) ?? REASONS.Exited, message);
    }
    default:
      return ready("False", REASONS.Progressing, "Work is going on");
  }
}

const ended = (exit: ContainerVMStatusExit | undefined): string =>
  exit?.message ?? `The process ended with exit code ${exit?.code ?? "unknown"}`;
