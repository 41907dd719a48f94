import { describe, expect, test } from "vitest";
import { moref, type VmRecord } from "../../vsphere/index.ts";
import { holdMs, statusOf } from "./status-of.ts";

const vm: VmRecord = {
  ref: moref("VirtualMachine", "vm-1"),
  name: "c",
  powerState: "poweredOn",
  extraConfig: {},
};

describe("statusOf", () => {
  test("forgets the last run's end when the VM runs again", () => {
    const before = {
      id: "i",
      state: "Exited",
      exit: { code: 7 },
      startedAt: "t",
      pid: 1,
      starts: 1,
      run: 1,
    } as const;
    const now = statusOf(
      before,
      vm,
      { state: "Running", run: 2 },
      { servedPowerState: "On" },
      "esx-1",
    );
    expect(now).not.toHaveProperty("exit");
    expect(now).toMatchObject({
      id: "i",
      state: "Running",
      starts: 2,
      run: 2,
      servedPowerState: "On",
      tools: "NotRunning",
      vsphere: { moRef: "VirtualMachine:vm-1", host: "esx-1" },
    });
  });

  test("counts boots up only", () => {
    expect(statusOf({ starts: 5 }, vm, { state: "Created", run: 0 }, {}, undefined).starts).toBe(5);
  });
});

describe("holdMs", () => {
  test.each([
    ["an end", { state: "Running", run: 1 }, { state: "Exited", run: 1, exit: { code: 0 } }, 0],
    ["a run", { state: "Creating" }, { state: "Running", run: 1 }, 0],
    [
      "a wish served",
      { state: "Exited", run: 1, request: 1 },
      { state: "Exited", run: 1, request: 2 },
      0,
    ],
    [
      "a power-off of a running one",
      { state: "Running", run: 1 },
      { state: "Stopping", run: 1 },
      0,
    ],
  ] as const)("%s is written at once", (_, before, now, ms) => {
    expect(holdMs(before, now)).toBe(ms);
  });

  test("facts of a VM are gathered for a moment, a start for longer", () => {
    expect(
      holdMs({ state: "Running", run: 1 }, { state: "Running", run: 1, hostname: "h" }),
    ).toBeGreaterThan(0);
    expect(
      holdMs({ state: "Creating" }, { state: "Starting", run: 0, servedPowerState: "On" }),
    ).toBeGreaterThan(1000);
  });
});
