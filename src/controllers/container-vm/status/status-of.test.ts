import { describe, expect, test } from "vitest";
import { moref, type VmRecord } from "../../../vsphere/index.ts";
import { holdMs, statusOf } from "./status-of.ts";

const vm: VmRecord = {
  ref: moref("VirtualMachine", "vm-1"),
  name: "c",
  powerState: "poweredOn",
  extraConfig: {},
};

const NOTHING = { served: {} };
const running = { state: "Running", run: 2 } as const;

describe("statusOf", () => {
  test.each([
    [
      "a stop is remembered",
      { state: "Exited" as const, run: 1 },
      { served: { stopRequested: true } },
      true,
    ],
    ["a start forgets it", running, { served: { stopRequested: false } }, undefined],
    ["so does a power-on in vSphere", running, NOTHING, undefined],
    ["it is remembered while nothing happens", { state: "Exited" as const, run: 1 }, NOTHING, true],
  ])("%s", (_, run, decided, stopRequested) => {
    const before = { state: "Exited", run: 1, exit: { code: 0 }, stopRequested: true } as const;
    expect(statusOf(before, vm, run, decided, undefined).stopRequested).toBe(stopRequested);
  });

  test("what the guest was asked behind our back is a stop", () => {
    const run = { state: "Exited", run: 1, stopped: true } as const;
    expect(statusOf({ state: "Running", run: 1 }, vm, run, NOTHING, undefined).stopRequested).toBe(
      true,
    );
  });

  test.each([
    [
      "a restart is counted",
      { state: "Running", run: 1 },
      { state: "Exited", run: 1 },
      { served: {}, restarts: 3 },
      3,
    ],
    ["its run keeps the count", { state: "Restarting", run: 1, restarts: 3 }, running, NOTHING, 3],
    [
      "a wish begins anew",
      { state: "Exited", run: 1, restarts: 3 },
      running,
      { served: { restarts: 0 } },
      undefined,
    ],
    [
      "a power-on in vSphere too",
      { state: "Exited", run: 1, restarts: 3 },
      running,
      NOTHING,
      undefined,
    ],
    ["a panic's reboot doesn't", { state: "Running", run: 1, restarts: 3 }, running, NOTHING, 3],
  ] as const)("%s", (_, before, run, decided, restarts) => {
    expect(statusOf(before, vm, run, decided, undefined).restarts).toBe(restarts);
  });

  test("a container is Restarting between two runs, and Stopping only while it runs", () => {
    const exited = { state: "Exited", run: 1, exit: { code: 1 } } as const;
    expect(
      statusOf({}, vm, exited, { served: {}, restarting: true, restarts: 1 }, undefined),
    ).toMatchObject({
      state: "Restarting",
      exit: { code: 1 },
    });
    const stopping = { served: {}, stopping: true };
    expect(statusOf({}, vm, running, stopping, undefined).state).toBe("Stopping");
    expect(statusOf({}, vm, exited, stopping, undefined).state).toBe("Exited");
  });

  test("MAC addresses are those that the guest has found", () => {
    const network = { name: "bridge", address: "172.16.0.2", mac: "00:50:56:00:00:01" };
    const before = { networks: [network, { ...network, name: "other" }] };
    const macs = { bridge: "00:50:56:9a:00:01" };
    expect(statusOf(before, vm, { ...running, macs }, NOTHING, undefined).networks).toEqual([
      { ...network, mac: "00:50:56:9a:00:01" },
      { ...network, name: "other" },
    ]);
    expect(statusOf(before, vm, running, NOTHING, undefined).networks).toEqual(before.networks);
  });

  test("how the agent proves itself goes with its run", () => {
    const agent = { run: 2, hostKey: "ssh-ed25519 AAAA" };
    const now = statusOf({}, vm, { ...running, agent }, NOTHING, undefined);
    expect(now.agent).toEqual(agent);
    expect(statusOf(now, vm, { state: "Exited", run: 2 }, NOTHING, undefined)).not.toHaveProperty(
      "agent",
    );
  });

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
      { served: { servedPowerState: "On" } },
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
    expect(
      statusOf({ starts: 5 }, vm, { state: "Created", run: 0 }, NOTHING, undefined).starts,
    ).toBe(5);
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
    [
      "a key of the agent",
      { state: "Running", run: 1 },
      { state: "Running", run: 1, agent: { run: 1, hostKey: "k" } },
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
