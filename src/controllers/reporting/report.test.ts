import { expect, test } from "vitest";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import { conditionsWith, isTold, report } from "./report.ts";

const ready = (status: ConditionInput["status"], reason: string): ConditionInput => ({
  type: "Ready",
  status,
  reason,
  message: "m",
});
const object = (...conditions: ConditionInput[]): ContainerVM =>
  ({
    metadata: { name: "c", namespace: "n", generation: 3 },
    status: {
      conditions: conditions.map((each) => ({
        ...each,
        lastTransitionTime: "2026-01-01T00:00:00Z",
      })),
    },
  }) as unknown as ContainerVM;

const types = (conditions: readonly { type: string; status: string }[]): string[] =>
  conditions.map(({ type, status }) => `${type}=${status}`);

test("kstatus reads working, stuck and done", () => {
  expect(types(conditionsWith(object(), [ready("False", "X")], "working"))).toEqual([
    "Ready=False",
    "Reconciling=True",
  ]);
  const stuck = object({ ...ready("True", "X"), type: "Reconciling" });
  expect(types(conditionsWith(stuck, [ready("False", "X")], "stuck"))).toEqual([
    "Ready=False",
    "Stalled=True",
  ]);
  const done = object({ ...ready("True", "X"), type: "Stalled" });
  expect(types(conditionsWith(done, [ready("True", "X")], "done"))).toEqual(["Ready=True"]);
});

test("a message longer than the API server takes is cut", () => {
  const [long] = conditionsWith(
    object(),
    [{ ...ready("False", "X"), message: "x".repeat(9000) }],
    "done",
  );
  expect(long?.message).toHaveLength(4096);
});

test.each([
  ["a new failure is told", object(), ready("False", "ImageNotFound"), ["Warning ImageNotFound"]],
  [
    "the same failure isn't told again",
    object(ready("False", "ImageNotFound")),
    ready("False", "ImageNotFound"),
    [],
  ],
  [
    "another failure is",
    object(ready("False", "ImageNotFound")),
    ready("False", "RegistryUntrusted"),
    ["Warning RegistryUntrusted"],
  ],
  [
    "recovery is told",
    object(ready("False", "ImageNotFound")),
    ready("True", "Available"),
    ["Normal Available"],
  ],
  ["a normal life isn't", object(ready("False", "Starting")), ready("True", "Running"), []],
])("%s", async (_, before, now, expected) => {
  const events: string[] = [];
  const context = {
    writeStatus: () => Promise.resolve(true),
    event: (_object: unknown, { type, reason }: { type: string; reason: string }) =>
      void events.push(`${type} ${reason}`),
  };
  await report(context, before, {
    status: {},
    conditions: [now],
    progress: "done",
    action: "Test",
  });
  expect(events).toEqual(expected);
});

test("what is told is told of the spec as it is now", () => {
  const at = (observedGeneration: number): ContainerVM => ({
    ...object(ready("True", "X")),
    status: { ...object(ready("True", "X")).status, observedGeneration },
  });
  expect(isTold(object())).toBe(false);
  expect(isTold(at(2))).toBe(false);
  expect(isTold(at(3))).toBe(true);
});
