import { describe, expect, test } from "vitest";
import type {
  ContainerImage,
  ContainerImageStatusDisk,
  ContainerImageStatusUnpack,
} from "../../api/containerimage.gen.ts";
import {
  disksToDelete,
  nextAttempt,
  planDisks,
  retryUnpackMs,
  unpackingMs,
  withState,
} from "./plan.ts";

const disk = (
  chainId: string,
  state: ContainerImageStatusDisk["state"],
  attempt?: number,
): ContainerImageStatusDisk => ({
  chainId,
  path: `[ds] ${chainId}`,
  state,
  layers: [],
  ...(attempt === undefined ? {} : { attached: { target: 1, attempt } }),
});
const answer = (
  chainId: string,
  attempt: number,
  result: "Done" | "Failed" = "Done",
): ContainerImageStatusUnpack => ({ chainId, attempt, result });

describe("planDisks", () => {
  test.each([
    ["nothing where all are sealed", [disk("a", "Ready")], [], { do: "nothing" }],
    ["nothing for an image without disks", [], [], { do: "nothing" }],
    [
      "begins the lowest that isn't sealed",
      [disk("a", "Ready"), disk("b", "Pending"), disk("c", "Pending")],
      [],
      { do: "begin", index: 1 },
    ],
    [
      "begins a failed one again",
      [disk("a", "Failed")],
      [answer("a", 1, "Failed")],
      { do: "begin", index: 0 },
    ],
    ["awaits the console", [disk("a", "Attached", 1)], [], { do: "await", index: 0 }],
    [
      "awaits the console although it answered an earlier attempt",
      [disk("a", "Attached", 2)],
      [answer("a", 1)],
      { do: "await", index: 0 },
    ],
    [
      "seals what was filled",
      [disk("a", "Attached", 2)],
      [answer("a", 2)],
      { do: "seal", index: 0 },
    ],
    ["seals what a killed run left filled", [disk("a", "Unpacked")], [], { do: "seal", index: 0 }],
    [
      "discards what failed",
      [disk("a", "Attached", 1)],
      [answer("a", 1, "Failed")],
      { do: "discard", index: 0, answer: answer("a", 1, "Failed") },
    ],
  ] as const)("%s", (_, disks, unpacks, step) => {
    expect(planDisks(disks, unpacks)).toEqual(step);
  });
});

test("an attempt's number was never answered before", () => {
  expect(nextAttempt("a", [])).toBe(1);
  expect(nextAttempt("a", [answer("a", 3, "Failed"), answer("b", 9)])).toBe(4);
});

test("a disk that leaves the worker is attached no more", () => {
  expect(withState([disk("a", "Attached", 1), disk("b", "Pending")], 0, "Ready")).toEqual([
    disk("a", "Ready"),
    disk("b", "Pending"),
  ]);
});

test("deletion goes from the top and leaves what other images stand on", () => {
  const own = [disk("base", "Ready"), disk("mid", "Ready"), disk("top", "Ready")];
  expect(disksToDelete(own, [])).toEqual(["top", "mid", "base"]);
  expect(disksToDelete(own, [[disk("base", "Ready"), disk("other", "Ready")]])).toEqual([
    "top",
    "mid",
  ]);
});

test("content that is at fault is fetched again rarely, and ever more rarely", () => {
  expect(retryUnpackMs("LayerCorrupt", 1)).toBeGreaterThan(retryUnpackMs("DiskMissing", 1));
  expect(retryUnpackMs("LayerCorrupt", 2)).toBeGreaterThan(retryUnpackMs("LayerCorrupt", 1));
  expect(retryUnpackMs("LayerCorrupt", 1000)).toBe(300_000);
});

describe("an image that is deleted while it is unpacked", () => {
  const deletedAt = Date.parse("2026-01-01T00:00:00Z");
  const waitMs = (
    disks: ContainerImageStatusDisk[],
    unpacks: ContainerImageStatusUnpack[],
    afterMs = 1_000,
  ): number =>
    unpackingMs(
      {
        metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } as ContainerImage["metadata"],
        status: { disks, unpacks },
      },
      deletedAt + afterMs,
    );

  test("waits for the console's word on what is attached, but not for ever", () => {
    const disks = [disk("a", "Ready"), disk("b", "Attached", 2)];
    expect(waitMs(disks, [])).toBe(14_000);
    expect(waitMs(disks, [answer("b", 1, "Failed")])).toBe(14_000);
    expect(waitMs(disks, [answer("b", 2, "Failed")])).toBe(0);
    expect(waitMs(disks, [], 60_000)).toBe(0);
  });

  test("waits for nothing where nothing is attached", () => {
    expect(waitMs([disk("a", "Pending"), disk("b", "Failed")], [])).toBe(0);
    expect(waitMs([], [])).toBe(0);
  });
});
