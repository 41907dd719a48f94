import { expect, test } from "vitest";
import { Backoff, pause } from "./backoff.ts";

test("waits double to the cap, with up to half taken off, and start anew after a reset", () => {
  const most = new Backoff(100, 1_000, () => 0);
  expect(Array.from({ length: 6 }, () => most.nextMs())).toEqual([100, 200, 400, 800, 1000, 1000]);
  most.reset();
  expect(most.nextMs()).toBe(100);
  const least = new Backoff(100, 1_000, () => 1);
  expect([least.nextMs(), least.nextMs()]).toEqual([50, 100]);
});

test("a pause ends at once when its signal aborts", async () => {
  const abort = new AbortController();
  const paused = pause(3_600_000, abort.signal);
  abort.abort();
  await expect(paused).resolves.toBeUndefined();
  await expect(pause(3_600_000, abort.signal)).resolves.toBeUndefined();
});
