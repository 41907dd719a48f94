import { describe, expect, test } from "vitest";
import { planStatusWrite } from "./status.ts";

const ready = {
  type: "Ready",
  status: "True",
  reason: "Available",
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
};
const paused = { ...ready, type: "Paused", reason: "Paused" };

describe("a status is written", () => {
  test("when there is none yet", () => {
    expect(planStatusWrite(undefined, { state: "Running" })).toEqual({ state: "Running" });
  });

  test("when a field deep inside differs", () => {
    const cached = { vsphere: { name: "a", host: "one" } };
    const wanted = { vsphere: { name: "a", host: "two" } };
    expect(planStatusWrite(cached, wanted)).toEqual(wanted);
  });

  test("when a field stands there that isn't wanted any more", () => {
    expect(planStatusWrite({ state: "Exited", pid: 1 }, { state: "Exited" })).toEqual({
      state: "Exited",
    });
  });

  test("without what others own", () => {
    const wanted = { state: "Running", unpacks: [], conditions: [ready, paused] };
    expect(planStatusWrite({}, wanted, ["unpacks"])).toEqual({
      state: "Running",
      conditions: [ready],
    });
  });
});

describe("a status is left alone", () => {
  test("when it says the same in another order of fields and conditions", () => {
    const cached = { b: 1, a: 2, conditions: [ready, { ...ready, type: "Created" }] };
    const wanted = { conditions: [{ ...ready, type: "Created" }, ready], a: 2, b: 1 };
    expect(planStatusWrite(cached, wanted)).toBeUndefined();
  });

  test("when only what others own differs", () => {
    const cached = { unpacks: [{ chainId: "x" }], conditions: [ready, paused] };
    expect(planStatusWrite(cached, { conditions: [ready] }, ["unpacks"])).toBeUndefined();
  });

  test("when the difference is undefined or null, which no server keeps", () => {
    const wanted = { state: "Running", pid: undefined, exit: { code: null } };
    expect(planStatusWrite({ state: "Running", exit: {} }, wanted)).toBeUndefined();
  });
});
