import { expect, test } from "vitest";
import { Activities } from "./activities.ts";

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a key does one thing at a time", async () => {
  const activities = new Activities();
  const { promise, resolve } = Promise.withResolvers<void>();
  activities.start("a", "create", () => promise);
  expect(() => activities.start("a", "delete", async () => {})).toThrow("busy with create");
  expect(activities.running("a")).toBe("create");
  resolve();
  await settled();
  expect(activities.running("a")).toBeUndefined();
});

test("a failure is told to the next reconcile, once, after the key was enqueued", async () => {
  const activities = new Activities();
  const ended: string[] = [];
  activities.onEnd((key) => ended.push(key));
  activities.start("a", "create", () => Promise.reject(new Error("disk full")));
  await settled();
  expect(ended).toEqual(["a"]);
  expect(() => activities.throwFailure("b")).not.toThrow();
  expect(() => activities.throwFailure("a")).toThrow("disk full");
  expect(() => activities.throwFailure("a")).not.toThrow();
});

test("stopping aborts what runs, waits for its end, and is no failure", async () => {
  const activities = new Activities();
  activities.start("a", "create", async (signal) => {
    await new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason as Error)),
    );
  });
  await activities.stop();
  expect(activities.running("a")).toBeUndefined();
  expect(() => activities.throwFailure("a")).not.toThrow();
});
