import { expect, test } from "vitest";
import { FairLimiter } from "./limiter.ts";

/** Work that ends when told, and the order in which pieces began. */
function bench(limiter: FairLimiter) {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const submit = (group: string, name: string, signal?: AbortSignal): Promise<void> =>
    limiter.run(
      group,
      () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      },
      signal,
    );
  const endNext = async (): Promise<void> => {
    ends.shift()!();
    await new Promise(setImmediate);
  };
  return { begun, submit, endNext };
}

test("a piece that fails gives its place back", async () => {
  const limiter = new FairLimiter(1);
  await expect(limiter.run("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(limiter.run("a", () => Promise.resolve(1))).resolves.toBe(1);
});

test("a piece cancelled while it waits never begins, and hinders nobody", async () => {
  const { begun, submit, endNext } = bench(new FairLimiter(1));
  const cancel = new AbortController();
  void submit("a", "a1");
  const cancelled = submit("a", "a2", cancel.signal);
  void submit("a", "a3");
  cancel.abort();
  await expect(cancelled).rejects.toThrow("aborted");
  await endNext();
  expect(begun).toEqual(["a1", "a3"]);
});

test("no more run at once than allowed", async () => {
  const { begun, submit, endNext } = bench(new FairLimiter(2));
  for (const name of ["1", "2", "3", "4"]) void submit("a", name);
  expect(begun).toEqual(["1", "2"]);
  await endNext();
  expect(begun).toEqual(["1", "2", "3"]);
});

test("groups take turns, however many pieces one of them has waiting", async () => {
  const { begun, submit, endNext } = bench(new FairLimiter(1));
  for (const name of ["a1", "a2", "a3", "a4"]) void submit("a", name);
  for (const name of ["b1", "b2"]) void submit("b", name);
  void submit("c", "c1");
  for (let i = 0; i < 6; i++) await endNext();
  expect(begun).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
});
