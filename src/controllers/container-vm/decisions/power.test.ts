import { describe, expect, test } from "vitest";
import {
  isEnding,
  type ObservedVm,
  pendingWish,
  planPower,
  planStop,
  servedBy,
  type Wish,
} from "./power.ts";

const spec = { powerState: "On", stopTimeoutSeconds: 10 } as const;
const vm = (powerState: ObservedVm["powerState"], more: Partial<ObservedVm> = {}): ObservedVm => ({
  powerState,
  tools: true,
  report: { run: 0 },
  ...more,
});
const on: Wish = { target: "On", restart: false, kill: false, timeoutSeconds: 10 };
const off: Wish = { ...on, target: "Off" };

describe("pendingWish", () => {
  test("is none once the level and the request were served, whatever the VM does", () => {
    const request = { seq: 3, action: "Stop" } as const;
    expect(
      pendingWish({ ...spec, request }, { servedPowerState: "On", request: 3 }),
    ).toBeUndefined();
    expect(
      pendingWish({ ...spec, request }, { ...servedBy({ ...spec, request }, "Off") }),
    ).toBeUndefined();
  });

  test("is none for a request older than the last served: a manifest from a backup", () => {
    expect(
      pendingWish(
        { ...spec, request: { seq: 2, action: "Stop" } },
        { servedPowerState: "On", request: 5 },
      ),
    ).toBeUndefined();
  });

  test("is the level when it was never served, or differs from what was", () => {
    expect(pendingWish(spec, {})).toEqual(on);
    expect(pendingWish({ ...spec, powerState: "Off" }, { servedPowerState: "On" })).toEqual(off);
  });

  test("is the level that was taken back while the guest stopped for the other one", () => {
    expect(pendingWish(spec, { servedPowerState: "On" }, true)).toEqual({
      ...on,
      takenBack: true,
    });
    expect(pendingWish(spec, {}, true)).toEqual(on);
    const stopped = { ...spec, powerState: "Off" } as const;
    expect(pendingWish(stopped, { servedPowerState: "Off" }, true)).toBeUndefined();
  });

  test("a new request wins over a changed level, with its own timeout", () => {
    const request = { seq: 4, action: "Stop", timeoutSeconds: 1 } as const;
    expect(pendingWish({ ...spec, request }, { servedPowerState: "Off", request: 3 })).toEqual({
      ...off,
      timeoutSeconds: 1,
    });
  });
});

describe("planPower", () => {
  const plan = (
    wish: Wish | undefined,
    observed: ObservedVm,
    recorded = {},
    asked?: number,
    now = 0,
  ) =>
    planPower(wish, observed, recorded, asked === undefined ? undefined : { askedAtMs: asked }, now)
      .do;

  test("without a wish accepts what an administrator did", () => {
    expect(plan(undefined, vm("poweredOn"))).toBe("nothing");
    expect(plan(undefined, vm("poweredOff"))).toBe("nothing");
    expect(plan(undefined, vm("suspended"))).toBe("nothing");
  });

  test("a start that comes while it stops waits for the end, cut where it is late, and starts then", () => {
    const running = { report: { run: 1, state: "running" } } as const;
    const recorded = { run: 1, state: "Running" };
    expect(plan(on, vm("poweredOn", running), recorded, 0, 5_000)).toBe("waitForStop");
    expect(plan(on, vm("poweredOn", running), recorded, 0, 13_000)).toBe("powerOff");
    expect(plan(on, vm("poweredOff", running), recorded, 0, 13_000)).toBe("powerOn");
    // An operator that began after the stop was asked for knows it from the status.
    expect(plan(on, vm("poweredOn", running), { run: 1, state: "Stopping" })).toBe("askToStop");
  });

  test("a start that comes between the end of a run and the power-off waits for that", () => {
    const ended = { report: { run: 1, state: "exited", exitCode: 0 } } as const;
    expect(plan(on, vm("poweredOn", ended), { run: 1 })).toBe("waitForEnd");
    expect(plan({ ...on, restart: true }, vm("poweredOn", ended), { run: 1 })).toBe("waitForEnd");
    expect(plan(on, vm("poweredOff", ended), { run: 1 })).toBe("powerOn");
  });

  test("a stop or a kill of what has ended by itself is served", () => {
    const ended = { report: { run: 1, state: "exited", exitCode: 0 } } as const;
    expect(plan(off, vm("poweredOn", ended), { run: 1 })).toBe("nothing");
    expect(plan({ ...off, kill: true }, vm("poweredOn", ended), { run: 1 })).toBe("nothing");
  });

  test("does not start twice what ran and ended while no operator looked", () => {
    expect(
      plan(on, vm("poweredOff", { report: { run: 1, state: "exited", exitCode: 0 } }), { run: 0 }),
    ).toBe("nothing");
  });

  test("starts again what ran before the wish", () => {
    expect(
      plan(on, vm("poweredOff", { report: { run: 1, state: "exited", exitCode: 0 } }), { run: 1 }),
    ).toBe("powerOn");
  });

  test("resumes what is suspended, and leaves alone what is on", () => {
    expect(plan(on, vm("suspended"))).toBe("powerOn");
    expect(plan(on, vm("poweredOn"))).toBe("nothing");
  });

  test("a stop asks the guest, waits, and cuts the power at the timeout", () => {
    expect(plan(off, vm("poweredOn"))).toBe("askToStop");
    expect(plan(off, vm("poweredOn"), {}, 0, 9_000)).toBe("waitForStop");
    expect(planPower(off, vm("poweredOn"), {}, { askedAtMs: 0 }, 12_000)).toEqual({
      do: "powerOff",
      timedOut: true,
    });
    expect(plan(off, vm("poweredOff"), {}, 0, 1_000)).toBe("nothing");
  });

  test("a stop without tools, of a suspended VM, or a kill cuts the power at once", () => {
    expect(plan(off, vm("poweredOn", { tools: false }))).toBe("powerOff");
    expect(plan(off, vm("suspended"))).toBe("powerOff");
    expect(plan({ ...off, kill: true }, vm("poweredOn"))).toBe("powerOff");
  });

  test("a restart stops first, starts then, and once", () => {
    const restart: Wish = { ...on, restart: true };
    const running = { report: { run: 1, state: "running" } } as const;
    expect(plan(restart, vm("poweredOn", running), { run: 1 })).toBe("askToStop");
    expect(plan(restart, vm("poweredOn", running), { run: 1 }, 0, 5_000)).toBe("waitForStop");
    expect(plan(restart, vm("poweredOff", running), { run: 1 }, 0, 6_000)).toBe("powerOn");
    expect(
      plan(restart, vm("poweredOn", { report: { run: 2, state: "running" } }), { run: 1 }),
    ).toBe("nothing");
  });
});

describe("isEnding", () => {
  const finishedAt = "2026-11-22T10:00:05Z";
  const ended = (more: Partial<ObservedVm> = {}): ObservedVm =>
    vm("poweredOn", { report: { run: 2, state: "exited", finishedAt }, ...more });
  const down: ObservedVm = { ...ended(), powerState: "poweredOff" };
  const told = { run: 2, exit: { code: 0 } };

  test.each([
    ["no: it runs", vm("poweredOn", { report: { run: 2, state: "running" } }), { run: 2 }, false],
    ["no: it is off", down, { run: 2 }, false],
    ["no: it was powered on since", ended({ bootedAt: "2026-11-22T10:00:06Z" }), {}, false],
    ["no: its end was told, and it was off", ended(), told, false],
    ["yes: a new report of an end", ended({ bootedAt: "2026-11-22T10:00:00Z" }), { run: 1 }, true],
    [
      "yes: told, and not off since",
      ended(),
      { ...told, vsphere: { powerState: "poweredOn" } as const },
      true,
    ],
  ])("%s", (_, observed, recorded, is) => {
    expect(isEnding(observed, recorded)).toBe(is);
  });
});

test("a served stop is remembered, and a start begins the count of restarts anew", () => {
  const request = { seq: 2, action: "Start" } as const;
  expect(servedBy({ ...spec, request }, "On")).toEqual({
    servedPowerState: "On",
    request: 2,
    stopRequested: false,
    restarts: 0,
  });
  expect(servedBy(spec, "Off")).toEqual({ servedPowerState: "On", stopRequested: true });
});

test("the wait for a polite stop tells how long it lasts", () => {
  expect(planStop(vm("poweredOn"), 10, { askedAtMs: 1000 }, 3000)).toEqual({
    do: "waitForStop",
    forMs: 10_000,
  });
});

describe("a stop of a guest whose tools aren't there", () => {
  const startedAt = "2026-11-22T10:00:00Z";
  const startedMs = Date.parse(startedAt);
  const stopped = (afterMs: number, report: object = {}, waitedMs?: number, tools = false) => {
    const running = { run: 1, state: "running" as const, startedAt, ...report };
    const nowMs = startedMs + afterMs;
    const stop =
      waitedMs === undefined ? undefined : { askedAtMs: nowMs - waitedMs, unheard: true as const };
    return planStop(vm("poweredOn", { tools, report: running }), 10, stop, nowMs);
  };
  const cut = { do: "powerOff", timedOut: false };

  test("cuts its power where they won't come: no process runs, or has for long", () => {
    expect(stopped(0, { state: "booting" })).toEqual(cut);
    expect(stopped(30_000)).toEqual(cut);
  });

  test("waits for them a while after its start, but not beyond the stop's timeout", () => {
    expect(stopped(2000)).toEqual({ do: "awaitTools", forMs: 10_000 });
    expect(stopped(25_000)).toEqual({ do: "awaitTools", forMs: 5000 });
    expect(stopped(9000, {}, 7000)).toEqual({ do: "awaitTools", forMs: 3000 });
    expect(stopped(12_000, {}, 10_000)).toEqual(cut);
  });

  test("asks it as soon as they are", () => {
    expect(stopped(9000, {}, 7000, true)).toEqual({ do: "askToStop" });
  });
});
