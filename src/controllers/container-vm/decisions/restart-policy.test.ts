import { describe, expect, test } from "vitest";
import { lastedMs, RestartDelays, restartsAfter } from "./restart-policy.ts";

const exited = (code: number, reason = "Exited") =>
  ({ state: "Exited", exit: { code, reason } }) as const;

describe("restartsAfter", () => {
  test.each([
    ["without a policy", undefined, exited(1), 0, false],
    ["under No", { policy: "No" }, exited(1), 0, false],
    ["after a stop", { policy: "Always" }, { ...exited(1), stopRequested: true }, 0, false],
    ["after a power-off in vSphere", { policy: "Always" }, exited(137, "PoweredOff"), 0, false],
    ["under No, its host failed", { policy: "No" }, exited(137, "HostFailed"), 0, false],
    ["its host failed", { policy: "OnFailure" }, exited(137, "HostFailed"), 0, true],
    ["a reset", { policy: "Always" }, exited(137, "Reset"), 0, true],
    [
      "a reset while it stopped",
      { policy: "Always" },
      { ...exited(137, "Reset"), stopRequested: true },
      0,
      false,
    ],
    ["after a kill", { policy: "Always" }, exited(137, "Killed"), 0, false],
    ["before any end", { policy: "Always" }, { state: "Running" }, 0, false],
    [
      "what could not start",
      { policy: "Always" },
      { state: "Failed", exit: { code: 127, reason: "EntrypointNotFound" } },
      0,
      false,
    ],
    ["OnFailure, ended with 0", { policy: "OnFailure" }, exited(0), 0, false],
    ["OnFailure, tries used up", { policy: "OnFailure", maxRetries: 2 }, exited(1), 2, false],
    ["OnFailure, a try left", { policy: "OnFailure", maxRetries: 2 }, exited(1), 1, true],
    ["OnFailure without a limit", { policy: "OnFailure", maxRetries: 0 }, exited(1), 99, true],
    ["OnFailure, out of memory", { policy: "OnFailure" }, exited(137, "OOMKilled"), 0, true],
    ["Always, ended with 0", { policy: "Always" }, exited(0), 5, true],
    ["UnlessStopped, ended with 0", { policy: "UnlessStopped" }, exited(0), 5, true],
    [
      "the agent died",
      { policy: "OnFailure" },
      { state: "Failed", exit: { code: 128, reason: "GuestFailed" } },
      0,
      true,
    ],
  ] as const)("%s", (_, policy, end, restarts, expected) => {
    expect(restartsAfter(policy, end, restarts)).toBe(expected);
  });
});

describe("RestartDelays", () => {
  test("double after each short run, up to a minute", () => {
    const delays = new RestartDelays();
    const waits = Array.from({ length: 12 }, (_, run) => delays.due("a", run + 1, 50, 0));
    expect(waits).toEqual([
      100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000,
    ]);
  });

  test("begin anew after a run of ten seconds, and after somebody's start", () => {
    const delays = new RestartDelays();
    for (const run of [1, 2, 3]) delays.due("a", run, 50, 0);
    expect(delays.due("a", 4, 10_000, 1000)).toBe(1100);
    delays.due("a", 5, 50, 0);
    delays.forget("a");
    expect(delays.due("a", 6, 50, 0)).toBe(100);
  });

  test("stay as they were decided, each container's own", () => {
    const delays = new RestartDelays();
    expect(delays.due("a", 1, undefined, 0)).toBe(100);
    expect(delays.due("a", 1, undefined, 80)).toBe(100);
    expect(delays.due("b", 1, undefined, 80)).toBe(180);
  });
});

test("a run lasted from its start to its end, as its guest's clock has it", () => {
  expect(lastedMs(undefined, { code: 0, at: "2026-11-22T10:00:00Z" })).toBeUndefined();
  expect(lastedMs("2026-11-22T10:00:00Z", { code: 0 })).toBeUndefined();
  expect(lastedMs("2026-11-22T10:00:00.000000001Z", { code: 0, at: "2026-11-22T10:00:12Z" })).toBe(
    12_000,
  );
});
