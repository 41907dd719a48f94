import { describe, expect, test } from "vitest";
import type { ContainerVM, ContainerVMStatus } from "../../../api/containervm.gen.ts";
import { markOf, started, stopped } from "./outcome.ts";

const at = "2026-11-22T14:00:00Z";
const later = "2026-11-22T14:00:01Z";

const container = (status: ContainerVMStatus, more: object = {}): ContainerVM =>
  ({
    metadata: { name: "c", generation: 1, ...more },
    spec: { name: "c", autoRemove: true, request: { seq: 2, action: "Start" } },
    status,
  }) as ContainerVM;

const before = container({ state: "Exited", request: 1, starts: 1, run: 1, exit: { code: 0, at } });
const judge = started(2, markOf(before));
const judged = (status: ContainerVMStatus, gone = false, more: object = {}): unknown => {
  try {
    return judge({ container: container(status, more), gone });
  } catch (error) {
    return (error as Error).message;
  }
};

describe("a start isn't over", () => {
  test.each<[string, ContainerVMStatus]>([
    ["before its wish is served, though it runs", { state: "Running", request: 1 }],
    ["while it boots", { state: "Starting", request: 2, starts: 2 }],
    [
      "by the exit of the run before",
      { state: "Exited", request: 2, starts: 1, exit: { code: 0, at } },
    ],
    [
      "by the failure of the run before",
      { state: "Failed", request: 2, starts: 1, run: 1, exit: { code: 127, at } },
    ],
  ])("%s", (_, status) => {
    expect(judged(status)).toBeUndefined();
  });
});

describe("a start is done", () => {
  test.each<[string, ContainerVMStatus, boolean]>([
    ["once it runs", { state: "Running", request: 2, starts: 2 }, false],
    [
      "once it has run",
      { state: "Exited", request: 2, starts: 2, exit: { code: 7, at: later } },
      false,
    ],
    [
      "by a container that ended, was removed and is gone",
      { state: "Exited", request: 2, starts: 2, exit: { code: 0, at: later } },
      true,
    ],
    [
      "by one whose newer wish was served meanwhile",
      { state: "Running", request: 5, starts: 4 },
      false,
    ],
  ])("%s", (_, status, gone) => {
    expect(judged(status, gone)).toBe(true);
  });
});

describe("a start fails", () => {
  const failed = { state: "Failed", request: 2, starts: 2, run: 2 } as const;
  const exit = { code: 127, message: 'exec: "x": executable file not found in $PATH', at: later };

  test("with the guest's words, cleaned, also where the container is removed at once", () => {
    expect(judged({ ...failed, exit })).toContain(exit.message);
    expect(judged({ ...failed, exit }, true)).toContain(exit.message);
    const dirty = { ...exit, message: "a\u001b[31mb\n" };
    expect(judged({ ...failed, exit: dirty })).toContain("a?[31mb");
  });

  test("where somebody removed the container before it ran", () => {
    expect(
      judged({ state: "Created", request: 1, starts: 1, run: 1, exit: { code: 0, at } }, true),
    ).toBe("container c was removed");
  });

  test("where it can't get better by itself", () => {
    const condition = {
      type: "Stalled",
      status: "True",
      observedGeneration: 1,
      reason: "NoCommand",
      message: "say what",
      lastTransitionTime: at,
    } as const;
    expect(judged({ state: "Pending", request: 1, conditions: [condition] })).toBe(
      "NoCommand: say what",
    );
    const old = { ...condition, observedGeneration: 0 };
    expect(judged({ state: "Pending", request: 1, conditions: [old] })).toBeUndefined();
  });
});

test("a stop is over once its wish is served and nothing runs, or it is gone", () => {
  const of = (status: ContainerVMStatus, gone = false): true | undefined =>
    stopped(2)({ container: container(status), gone });
  expect(of({ state: "Exited", request: 1 })).toBeUndefined();
  expect(of({ state: "Running", request: 2 })).toBeUndefined();
  expect(of({ state: "Restarting", request: 2 })).toBeUndefined();
  expect(of({ state: "Exited", request: 2 })).toBe(true);
  expect(of({ state: "Running", request: 1 }, true)).toBe(true);
});

test("a start of what isn't there says what became of it", () => {
  const status = { state: "Gone", request: 2 } as const;
  expect(judged(status)).toBe("The VM vanished from vSphere.");
  const message = 'The VM "c" was made a template in vSphere.';
  const told = { reason: "VMTemplate", status: "False", message, lastTransitionTime: at } as const;
  expect(judged({ ...status, conditions: [{ type: "Ready", ...told }] })).toBe(message);
});
