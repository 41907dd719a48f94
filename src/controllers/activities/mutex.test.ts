import { expect, test } from "vitest";
import { KeyedMutex } from "./mutex.ts";

test("tasks of one key follow one another, whether they succeed or not; other keys don't wait", async () => {
  const mutex = new KeyedMutex();
  const done: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = mutex.run("a", async () => {
    await promise;
    done.push("a1");
    throw new Error("no");
  });
  const second = mutex.run("a", async () => void done.push("a2"));
  await mutex.run("b", async () => void done.push("b"));
  expect(done).toEqual(["b"]);
  resolve();
  await expect(first).rejects.toThrow("no");
  await second;
  expect(done).toEqual(["b", "a1", "a2"]);
});
