import { describe, expect, test } from "vitest";
import { endInLog, endIsUnknown, observeRun } from "./observe.ts";
import type { ObservedVm } from "./power.ts";

const vm = (
  powerState: ObservedVm["powerState"],
  report: Partial<ObservedVm["report"]> = {},
): ObservedVm => ({
  powerState,
  tools: false,
  report: { run: 0, ...report },
});

describe("observeRun", () => {
  test.each([
    ["never started", vm("poweredOff"), {}, "Created"],
    ["on, the guest silent", vm("poweredOn"), {}, "Starting"],
    ["on, the guest booting", vm("poweredOn", { run: 1, state: "booting" }), {}, "Starting"],
    [
      "on, the report still of the run before",
      vm("poweredOn", { run: 1, state: "exited", exitCode: 0 }),
      { run: 1, exit: { code: 0 } },
      "Starting",
    ],
    ["on, running", vm("poweredOn", { run: 1, state: "running" }), {}, "Running"],
    [
      "on, ended and about to power off",
      vm("poweredOn", { run: 2, state: "exited" }),
      { run: 1, exit: { code: 0 } },
      "Exited",
    ],
    ["off after an end", vm("poweredOff", { run: 1, state: "exited", exitCode: 7 }), {}, "Exited"],
    [
      "off, its process never started",
      vm("poweredOff", { run: 1, state: "failed", exitCode: 127 }),
      {},
      "Failed",
    ],
    ["off, cut while it ran", vm("poweredOff", { run: 1, state: "running" }), {}, "Exited"],
    [
      "off after a start of which no report came",
      vm("poweredOff"),
      { state: "Starting" as const },
      "Exited",
    ],
  ])("%s", (_, observed, recorded, state) => {
    expect(observeRun(observed, recorded).state).toBe(state);
  });

  test("a run tells how its agent proves itself", () => {
    const hostKey = "ssh-ed25519 AAAA";
    const running = vm("poweredOn", { run: 2, state: "running", hostKey });
    expect(observeRun(running, {}).agent).toEqual({ run: 2, hostKey });
    expect(observeRun(running, { run: 2, exit: { code: 0 } })).not.toHaveProperty("agent");
  });

  test("an exit is the guest's word, with its time", () => {
    const { exit } = observeRun(
      vm("poweredOff", {
        run: 1,
        state: "exited",
        exitCode: 7,
        finishedAt: "2026-11-22T10:00:00Z",
      }),
      {},
    );
    expect(exit).toEqual({
      code: 7,
      reason: "Exited",
      message: "The process ended with exit code 7",
      at: "2026-11-22T10:00:00Z",
    });
  });

  test("memory that ran out is told apart from a kill", () => {
    expect(
      observeRun(vm("poweredOff", { run: 1, state: "exited", exitCode: 137, oomKilled: true }), {})
        .exit,
    ).toMatchObject({ reason: "OOMKilled", oomKilled: true });
  });

  test("an entrypoint that is missing keeps the guest's words", () => {
    const report = {
      run: 1,
      state: "failed",
      exitCode: 127,
      reason: "EntrypointNotFound",
      message: 'exec: "foo": not found',
    } as const;
    expect(observeRun(vm("poweredOff", report), {}).exit).toMatchObject({
      code: 127,
      reason: "EntrypointNotFound",
      message: 'exec: "foo": not found',
    });
    expect(observeRun(vm("poweredOff", { ...report, reason: "Whatever" }), {}).exit).toMatchObject({
      reason: "EntrypointNotFound",
    });
  });

  test("a suspended VM keeps its run, and has no agent that could be asked", () => {
    const report = { run: 2, state: "running", pid: 7, hostKey: "k" } as const;
    const run = observeRun(vm("suspended", report), { run: 2 });
    expect(run).toEqual({ state: "Suspended", run: 2, pid: 7 });
  });

  test("a reset in the middle of a run is told apart from an exit, and only where the guest says it ended so", () => {
    const report = { run: 1, state: "exited", exitCode: 137, reason: "Reset" } as const;
    expect(observeRun(vm("poweredOn", report), { run: 1 })).toMatchObject({
      state: "Exited",
      run: 1,
      exit: { code: 137, reason: "Reset" },
    });
    const forged = { ...report, reason: "PoweredOff" };
    expect(observeRun(vm("poweredOff", forged), {}).exit).toMatchObject({ reason: "Exited" });
  });

  test("a cut power line is 137, by whom the reason tells", () => {
    const cut = vm("poweredOff", { run: 1, state: "running" });
    expect(observeRun(cut, {}).exit).toMatchObject({ code: 137, reason: "PoweredOff" });
    expect(observeRun(cut, {}, "killed").exit).toMatchObject({ code: 137, reason: "Killed" });
    expect(observeRun(cut, {}, "hostFailed").exit).toMatchObject({
      code: 137,
      reason: "HostFailed",
    });
    expect(observeRun(cut, {}, { exitCode: 3 }).exit).toMatchObject({ code: 3, reason: "Exited" });
  });

  test("an end of which the guest told no time was when it was seen first", () => {
    const cut = vm("poweredOff", { run: 1, state: "running" });
    const [first, later] = ["2026-11-22T10:00:00.000Z", "2026-11-22T10:00:09.000Z"];
    const seen = observeRun(cut, { run: 1 }, "killed", first);
    expect(seen.exit?.at).toBe(first);
    expect(observeRun(cut, { run: 1, exit: seen.exit! }, undefined, later).exit?.at).toBe(first);
    const told = { run: 1, state: "exited", exitCode: 0, finishedAt: first } as const;
    expect(observeRun(vm("poweredOff", told), {}, undefined, later).exit?.at).toBe(first);
  });

  test("an exit stays what was recorded of it", () => {
    const recorded = { run: 1, exit: { code: 3, reason: "Exited" } };
    expect(observeRun(vm("poweredOff", { run: 1, state: "running" }), recorded).exit).toEqual(
      recorded.exit,
    );
  });
});

test("only an end without any word of it sends one to the log", () => {
  expect(endIsUnknown(vm("poweredOff", { run: 1, state: "running" }), {})).toBe(true);
  expect(endIsUnknown(vm("poweredOff"), { state: "Running" })).toBe(true);
  expect(endIsUnknown(vm("poweredOff"), {})).toBe(false);
  expect(endIsUnknown(vm("poweredOff", { run: 1, state: "exited" }), {})).toBe(false);
  expect(
    endIsUnknown(vm("poweredOff", { run: 1, state: "running" }), { run: 1, exit: { code: 0 } }),
  ).toBe(false);
  expect(endIsUnknown(vm("poweredOn", { run: 1, state: "running" }), {})).toBe(false);
});

test("a run of which vSphere took no report has failed, as its log tells, and stays so", () => {
  const log =
    '2026 vic F {"run":1}\n2026 vic F {"run":1,"exitCode":128,"reason":"ReportRefused"}\n';
  const cut = endInLog(log, 0);
  const { state, exit } = observeRun(vm("poweredOff"), { state: "Starting" }, cut);
  expect({ state, code: exit?.code, reason: exit?.reason }).toEqual({
    state: "Failed",
    code: 128,
    reason: "ReportRefused",
  });
  expect(exit?.message).toContain("tools.setInfo.sizeLimit");
  const later = observeRun(vm("poweredOff"), { state: "Failed", run: 0, exit: exit! });
  expect(later).toMatchObject({ state: "Failed", exit });
  const report = { run: 1, state: "failed" as const, exitCode: 128, reason: "ReportRefused" };
  expect(observeRun(vm("poweredOff", report), {}).exit).toMatchObject({ message: exit?.message });
});

describe("endInLog", () => {
  const line = (run: number, exitCode: number): string =>
    `2026-11-22T10:00:00Z vic F {"run":${run},"exitCode":${exitCode}}`;

  test("finds none where the guest's own frame is missing, of another run, or forged by the process", () => {
    expect(endInLog("", 1)).toBeUndefined();
    expect(endInLog(line(1, 7), 2)).toBeUndefined();
    expect(endInLog('2026-11-22T10:00:00Z stdout F {"run":1,"exitCode":0}\n', 1)).toBeUndefined();
    expect(endInLog("2026-11-22T10:00:00Z vic F {broken", 1)).toBeUndefined();
  });

  test("takes the last frame", () => {
    expect(endInLog(`${line(1, 3)}\n2026 stdout F x\n${line(2, 7)}\n`, 2)).toEqual({
      exitCode: 7,
    });
  });
});
