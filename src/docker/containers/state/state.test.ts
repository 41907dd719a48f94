import { describe, expect, test } from "vitest";
import type { ContainerVM, ContainerVMStatus } from "../../../api/containervm.gen.ts";
import { statusText } from "../../translation/status-text.ts";
import { stateOf } from "./state.ts";

const now = Date.parse("2026-11-22T14:00:00Z");
const startedAt = "2026-11-22T13:55:00Z";
const exit = { code: 3, at: "2026-11-22T13:59:00Z" };

const container = (status: ContainerVMStatus | undefined, deletionTimestamp?: string) =>
  ({ metadata: { ...(deletionTimestamp && { deletionTimestamp }) }, status }) as ContainerVM;

const shown = (each: ContainerVM): string => {
  const { status, running, exitCode } = stateOf(each);
  return `${status} ${running} ${exitCode} | ${statusText(each, stateOf(each), now)}`;
};

describe("a state is shown in Docker's words:", () => {
  test.each<[string, ContainerVMStatus | undefined, string]>([
    ["nothing known yet", undefined, "created false 0 | Created"],
    ["waits for its image", { state: "Pending" }, "created false 0 | Created"],
    ["is being made", { state: "Creating" }, "created false 0 | Created"],
    ["never started", { state: "Created" }, "created false 0 | Created"],
    ["boots for the first time", { state: "Starting" }, "created false 0 | Created"],
    [
      "boots again",
      { state: "Starting", startedAt, exit },
      "exited false 3 | Exited (3) About a minute ago",
    ],
    ["runs", { state: "Running", startedAt }, "running true 0 | Up 5 minutes"],
    ["is being stopped", { state: "Stopping", startedAt }, "running true 0 | Up 5 minutes"],
    ["is suspended", { state: "Suspended", startedAt }, "paused true 0 | Up 5 minutes (Paused)"],
    [
      "will start again",
      { state: "Restarting", startedAt, exit },
      "restarting true 3 | Restarting (3) About a minute ago",
    ],
    [
      "has ended",
      { state: "Exited", startedAt, exit },
      "exited false 3 | Exited (3) About a minute ago",
    ],
    [
      "could never begin",
      { state: "Failed", exit: { ...exit, code: 127 } },
      "created false 127 | Created",
    ],
    [
      "could begin once, and no more",
      { state: "Failed", startedAt, exit },
      "exited false 3 | Exited (3) About a minute ago",
    ],
    ["vanished", { state: "Gone", startedAt }, "dead false 0 | Dead"],
    ["is being deleted", { state: "Deleting" }, "removing false 0 | Removal In Progress"],
  ])("%s", (_, status, expected) => {
    expect(shown(container(status))).toBe(expected);
  });

  test("deleted in Kubernetes, whatever it did", () => {
    const deleted = container({ state: "Running", startedAt }, "2026-11-22T13:59:59Z");
    expect(shown(deleted)).toBe("removing false 0 | Removal In Progress");
  });
});
