import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { lastingText } from "./lasting-text.ts";

test.each([
  ["nothing", ""],
  ["a short text", "vm-1"],
  ["a name", "resgroup-v50-and-more"],
  ["a long text", "x".repeat(1000)],
  ["any script", "контейнер-容器-🚢 of a tenant"],
  ["half of a pair", "a text with \ud83d within"],
])("%s stays what it is", (_, text) => {
  expect(lastingText(text)).toBe(text);
});

test("more texts than are shared stay what they are, too", () => {
  const texts = Array.from({ length: 10_000 }, (_, index) => `a text of its own ${index}`);
  expect(texts.map(lastingText)).toEqual(texts);
});

test("what is kept of a response doesn't keep the response", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const used = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  const kept = Array.from({ length: 60 }, (_, turn) => {
    const response = Buffer.alloc(1_000_000, `${turn} abcdefghijklmnopqrstuvwxyz`).toString();
    return lastingText(response.slice(1000, 1100));
  });
  expect(used() - before).toBeLessThan(10_000_000); // of 60 MB
  expect(kept).toHaveLength(60);
});
