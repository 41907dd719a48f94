import { describe, expect, test } from "vitest";
import { isTrue, setConditions, summariseReady } from "./conditions.ts";

const created = { type: "Created", status: "True", reason: "Created", message: "" } as const;
const at = (time: string): Date => new Date(`2026-01-01T00:00:${time}.500Z`);

describe("setConditions", () => {
  const first = setConditions(undefined, [created], { generation: 1, now: at("01") });

  test("keeps the transition time while the status stays, though reason and message change", () => {
    const next = setConditions(first, [{ ...created, reason: "Adopted", message: "m" }], {
      generation: 2,
      now: at("09"),
    });
    expect(next).toEqual([
      {
        ...created,
        reason: "Adopted",
        message: "m",
        lastTransitionTime: "2026-01-01T00:00:01Z",
        observedGeneration: 2,
      },
    ]);
  });

  test("takes a new transition time when the status changes", () => {
    const next = setConditions(first, [{ ...created, status: "False" }], {
      generation: 1,
      now: at("09"),
    });
    expect(next[0]?.lastTransitionTime).toBe("2026-01-01T00:00:09Z");
  });

  test("keeps types that aren't named, removes those that are to go, and sorts", () => {
    const three = setConditions(
      first,
      [
        { ...created, type: "Ready" },
        { ...created, type: "Aged" },
      ],
      { generation: 1 },
    );
    expect(three.map(({ type }) => type)).toEqual(["Aged", "Created", "Ready"]);
    const two = setConditions(three, [], { generation: 1, remove: ["Created"] });
    expect(two.map(({ type }) => type)).toEqual(["Aged", "Ready"]);
  });
});

describe("summariseReady", () => {
  const ready = { reason: "Available", message: "All is well" };

  test("takes the first that is False, even behind one that is Unknown", () => {
    const conditions = [
      { ...created, type: "A", status: "Unknown" as const, reason: "Waiting" },
      { ...created, type: "B", status: "False" as const, reason: "Broken", message: "b" },
    ];
    expect(summariseReady(conditions, ["A", "B"], ready)).toEqual({
      type: "Ready",
      status: "False",
      reason: "Broken",
      message: "b",
    });
  });

  test("is Unknown while one is missing", () => {
    expect(summariseReady([created], ["Created", "Other"], ready).status).toBe("Unknown");
  });

  test("is True when all are", () => {
    const summary = summariseReady([created], ["Created"], ready);
    expect(summary).toEqual({ type: "Ready", status: "True", ...ready });
  });
});

test("a condition that isn't there isn't True", () => {
  expect(isTrue(undefined, "Ready")).toBe(false);
});
