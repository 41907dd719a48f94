// Tasks: followed by one filter, by reference, across processes.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  connect,
  moref,
  powerOffVm,
  powerOnVm,
  type VAppRef,
  VSphereFault,
  type VSphere,
} from "../../../src/vsphere/index.ts";
import { createTestVApp, createTestVm } from "./objects.ts";
import { TestVcenter } from "./vcenter.ts";

let vcenter: TestVcenter;
let vs: VSphere;
let vApp: VAppRef;

beforeAll(async () => {
  vcenter = await TestVcenter.start();
});
afterAll(() => vcenter?.stop());
beforeEach(async () => {
  vs = await connect(vcenter.login);
  vApp = await createTestVApp(vs);
});
afterEach(async () => {
  await vcenter.clearFaults();
  await vs?.close();
});

test("a task that fails is a typed fault with its details", async () => {
  const vm = await createTestVm(vs, vApp, "off");
  const failed = vs.tasks.run(powerOffVm(vs, vm));
  await expect(failed).rejects.toThrow(VSphereFault);
  await expect(failed).rejects.toMatchObject({
    fault: "InvalidPowerState",
    details: { existingState: "poweredOff", requestedState: "poweredOff" },
  });
});

test("a task that nobody knows is unknown, so that its caller looks for itself", async () => {
  await expect(vs.tasks.wait(moref("Task", "task-999999"))).resolves.toMatchObject({
    state: "unknown",
  });
});

test("waiting may be given up; the task goes on", async () => {
  const vm = await createTestVm(vs, vApp, "patient");
  const task = await powerOnVm(vs, vm);
  const reason = new Error("no patience");
  await expect(vs.tasks.wait(task, AbortSignal.abort(reason))).rejects.toBe(reason);
  await expect(vs.tasks.wait(task)).resolves.toMatchObject({ state: "success" });
});

test("another process learns the end of a task from its reference", async () => {
  const vm = await createTestVm(vs, vApp, "handed over");
  const task = await powerOnVm(vs, vm);
  const other = await connect(vcenter.login);
  await expect(other.tasks.wait(task)).resolves.toMatchObject({ state: "success", entity: vm });
  await other.close();
});

test("many at once cost one call each, and none to follow them", async () => {
  // So that the wait stands before calls are counted.
  await vs.inventory.watchVms(vApp).synced;
  await vcenter.resetCalls();
  const vms = await Promise.all(
    Array.from({ length: 40 }, (_, i) => createTestVm(vs, vApp, `vm-${i}`)),
  );
  await Promise.all(vms.map((vm) => vs.tasks.run(powerOnVm(vs, vm))));
  const { WaitForUpdatesEx: _, ...others } = await vcenter.calls();
  expect(others).toEqual({ CreateChildVM_Task: 40, PowerOnVM_Task: 40 });
});

test("no more tasks are under way at a time than may be, those included that nobody waits for", async () => {
  const vms = await Promise.all(
    Array.from({ length: 6 }, (_, i) => createTestVm(vs, vApp, `turn-${i}`)),
  );
  const two = await connect({ ...vcenter.login, maxTasks: 2 });
  try {
    await vcenter.delay("PowerOnVM_Task", 300);
    const begun = performance.now();
    await Promise.all(vms.map((vm) => powerOnVm(two, vm)));
    // Three pairs, one after the other: however slow the machine is, it can't be less.
    expect(performance.now() - begun).toBeGreaterThan(890);
  } finally {
    await two.close();
  }
});

test("a task in flight when vCenter restarts ends one way or the other", async () => {
  const vm = await createTestVm(vs, vApp, "interrupted");
  await vcenter.delay("PowerOnVM_Task", 200);
  const outcome = vs.tasks.run(powerOnVm(vs, vm)).then(
    ({ state }) => state,
    (error: { code: string }) => error.code,
  );
  await new Promise((resolve) => setTimeout(resolve, 400));
  await vcenter.restart();
  expect(["success", "unknown", "Fault", "Unreachable"]).toContain(await outcome);
});
