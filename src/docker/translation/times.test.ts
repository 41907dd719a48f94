import { expect, test } from "vitest";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { createdAt, humanDuration, newestFirst } from "./times.ts";

const made = (creationTimestamp: string, noted?: string): ContainerVM =>
  ({
    metadata: {
      creationTimestamp,
      ...(noted && { annotations: { "vic.dev/created-at": noted } }),
    },
  }) as unknown as ContainerVM;

const second = "2026-11-22T14:00:00Z";

test.each([
  [undefined, second],
  ["2026-11-22T14:00:00.123Z", "2026-11-22T14:00:00.123Z"],
  ["2026-11-22T13:59:58.123456789Z", "2026-11-22T13:59:58.123456789Z"],
  // Neither a clock that is wrong nor what somebody wrote there.
  ["2026-11-22T15:00:00.000Z", second],
  ["yesterday", second],
  ["2026-99-22T14:00:00.123Z", second],
])("the noted moment %s counts as %s", (noted, shown) => {
  expect(createdAt(made(second, noted))).toBe(shown);
});

test("of those made in one second the newest comes first, kubectl's whole seconds among them", () => {
  const times = [
    "2026-11-22T14:00:00.100Z",
    "2026-11-22T14:00:00.900Z",
    "2026-11-22T14:00:00.900000001Z",
  ];
  const all = [made(second), ...times.map((noted) => made(second, noted))];
  const expected = [times[2], times[1], times[0], second];
  expect(newestFirst(all).map(createdAt)).toEqual(expected);
  expect(newestFirst(all.toReversed()).map(createdAt)).toEqual(expected);
});

test.each([
  [-5, "Less than a second"],
  [999, "Less than a second"],
  [1_000, "1 second"],
  [59_999, "59 seconds"],
  [60_000, "About a minute"],
  [119_999, "About a minute"],
  [120_000, "2 minutes"],
  [3_599_999, "59 minutes"],
  [3_600_000, "About an hour"],
  [5_400_000, "2 hours"],
  [47.4 * 3_600_000, "47 hours"],
  [48 * 3_600_000, "2 days"],
  [14 * 86_400_000, "2 weeks"],
  [60 * 86_400_000, "2 months"],
  [730 * 86_400_000, "2 years"],
])("%d ms are %s", (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});
