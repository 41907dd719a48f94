import { describe, expect, test } from "vitest";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import {
  type ObservedWorker,
  planWorker,
  retryWorkerMs,
  wantsWorker,
  workerCondition,
  workerStatus,
} from "./worker-plan.ts";

const on: ObservedWorker = {
  powerState: "poweredOn",
  report: { run: 1, state: "running", hostKey: "ssh-ed25519 AA" },
  current: true,
  onForMs: 1000,
};
const situation = { wanted: true, busy: false, vm: on, idleForMs: 0, idleLimitMs: 120_000 };

describe("planWorker", () => {
  test.each([
    ["is made when there is work", { vm: undefined }, "create"],
    ["isn't made without", { vm: undefined, wanted: false }, "nothing"],
    [
      "is started again after it crashed",
      { vm: { ...on, powerState: "poweredOff" as const } },
      "powerOn",
    ],
    ["stays while it works", {}, "nothing"],
    ["stays for a while without work", { wanted: false, idleForMs: 119_000 }, "nothing"],
    ["goes after that", { wanted: false, idleForMs: 120_000 }, "remove"],
    ["of an older making goes", { vm: { ...on, current: false } }, "remove"],
    [
      "of an older making stays while disks are on it",
      { vm: { ...on, current: false }, busy: true },
      "nothing",
    ],
  ])("a worker %s", (_, more, step) => {
    expect(planWorker({ ...situation, ...more })).toBe(step);
  });
});

describe("workerStatus", () => {
  const state = (vm: ObservedWorker | undefined, wanted = true) =>
    workerStatus("id", { wanted, vm }, "VirtualMachine:vm-1");

  test("tells of a guest that failed, and of one that says nothing", () => {
    expect(state({ ...on, report: { run: 1, state: "failed", message: "no disk" } })).toMatchObject(
      { state: "Failed", message: "no disk" },
    );
    expect(state({ ...on, report: { run: 0 }, onForMs: 400_000 })).toMatchObject({
      state: "Failed",
      reason: "WorkerFailed",
    });
    expect(state({ ...on, report: { run: 0 } })).toMatchObject({ state: "Starting" });
  });

  test("shows the host key only of a worker that is on", () => {
    expect(state(on)).toMatchObject({ state: "Running", hostKey: "ssh-ed25519 AA" });
    expect(state({ ...on, powerState: "poweredOff" })).not.toHaveProperty("hostKey");
  });

  test("makes the condition: only a worker that is wanted and not there is amiss", () => {
    const status = (vm: ObservedWorker | undefined, wanted: boolean) =>
      workerCondition(state(vm, wanted), wanted).status;
    expect([status(undefined, false), status(undefined, true), status(on, true)]).toEqual([
      "True",
      "False",
      "True",
    ]);
  });
});

describe("wantsWorker", () => {
  const image = (state: string, more: object = {}, conditions: object[] = []) =>
    ({ metadata: more, status: { conditions, disks: [{ state }] } }) as unknown as ContainerImage;

  test("an image that is whole, going, stuck, or not resolved asks for none", () => {
    const stalled = [{ type: "Stalled", status: "True" }];
    const others = [
      image("Ready"),
      image("Pending", { deletionTimestamp: "x" }),
      image("Failed", {}, stalled),
      { metadata: {} } as ContainerImage,
    ];
    expect(others.map(wantsWorker)).toEqual([false, false, false, false]);
    expect(wantsWorker(image("Pending"))).toBe(true);
  });
});

test("a worker that vSphere refuses has failed, in the words of the refusal", () => {
  const status = workerStatus("id", { wanted: true, vm: undefined }, undefined, "No space.");
  expect(status).toMatchObject({ state: "Failed", reason: "WorkerFailed", message: "No space." });
  expect(workerCondition(status, true)).toMatchObject({ status: "False", message: "No space." });
});

test("refusals are tried again ever more rarely", () => {
  expect([1, 2, 3, 99].map(retryWorkerMs)).toEqual([1000, 2000, 4000, 60_000]);
});
