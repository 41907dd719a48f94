import { describe, expect, test } from "vitest";
import type { ContainerVMStatusExit } from "../../api/containervm.gen.ts";
import { stateConditions } from "./condition-of.ts";
import { lifeEvents } from "./life-events.ts";
import type { Known } from "./status-of.ts";

const vm = (powerState: "poweredOn" | "poweredOff") => ({
  moRef: "VirtualMachine:vm-1",
  name: "web-0123",
  host: "esx-1",
  powerState,
});
const running: Known = {
  state: "Running",
  run: 1,
  startedAt: "2026-01-01T00:00:00Z",
  servedPowerState: "On",
  vsphere: vm("poweredOn"),
};
const exited = (exit: ContainerVMStatusExit): Known => ({
  ...running,
  state: "Exited",
  exit,
  vsphere: vm("poweredOff"),
});
const told = (before: Known, now: Known, wantedOff = false): string[] => {
  const [ready] = stateConditions(now.state ?? "Pending", wantedOff, now.exit);
  return lifeEvents(before, now, ready).map(({ reason, note }) => `${reason}: ${note}`);
};

describe("a container's events", () => {
  test("aren't written twice, nor for what is warned of anyway", () => {
    expect(told(running, running)).toEqual([]);
    expect(told(running, exited({ code: 137, reason: "OOMKilled", message: "m" }))).toEqual([]);
  });

  test("tell of a VM that was made and started by one status", () => {
    expect(told({ state: "Creating" }, running)).toEqual([
      'Created: VM "web-0123" was made on host esx-1',
      "Started: The process started (run 1)",
    ]);
  });

  test("tell of a VM that was found, and of one that came back", () => {
    expect(told({}, running)[0]).toBe('Created: VM "web-0123" was found on host esx-1');
    const gone: Known = { ...exited({ code: 0 }), state: "Gone" };
    expect(told(gone, exited({ code: 0 }))).toEqual([
      'Created: VM "web-0123" is back on host esx-1',
    ]);
  });

  test("tell how a run ended, as the condition does", () => {
    const seven = { code: 7, reason: "Exited" };
    expect(told(running, exited(seven))).toEqual(["Exited: The process ended with exit code 7"]);
    expect(told(running, exited(seven), true)).toEqual([
      "Stopped: The process ended with exit code 7",
    ]);
    expect(told(running, exited({ code: 0, reason: "Completed" }))).toEqual([
      "Completed: The process ended with exit code 0",
    ]);
  });

  test("tell of a power-on that no wish of the resource explains", () => {
    const before = exited({ code: 0 });
    const again = { ...running, run: 2, startedAt: "2026-01-01T00:01:00Z" };
    expect(told(before, again)).toEqual([
      "PoweredOn: The VM was powered on in vSphere",
      "Started: The process started (run 2)",
    ]);
    expect(told(before, { ...again, request: 1 })).toEqual([
      "Started: The process started (run 2)",
    ]);
  });

  test("tell of a second run that ended before anybody saw it run", () => {
    const once = exited({ code: 0, reason: "Completed" });
    const twice = { ...once, run: 2, startedAt: "2026-01-01T00:01:00Z" };
    expect(told(once, twice)).toHaveLength(2);
  });
});
