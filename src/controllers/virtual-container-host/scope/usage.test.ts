import { expect, test } from "vitest";
import { UsageThrottle } from "./usage.ts";

const usage = (containers: number) => ({ containers, running: 0 });

test("counts are written at once, then at most every ten seconds, the newest in the end", () => {
  const throttle = new UsageThrottle();
  expect(throttle.next("h", undefined, usage(1), 0)).toEqual({
    usage: usage(1),
    againMs: undefined,
  });
  expect(throttle.next("h", usage(1), usage(2), 4_000)).toEqual({
    usage: usage(1),
    againMs: 6_000,
  });
  expect(throttle.next("h", usage(1), usage(3), 10_000)).toEqual({
    usage: usage(3),
    againMs: undefined,
  });
  expect(throttle.next("h", usage(3), usage(3), 11_000)).toEqual({
    usage: usage(3),
    againMs: undefined,
  });
});
