import { Duplex } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hangUpOn } from "./pump.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client that takes what is written when `take` is called, and never closes its half. */
function client(): { readonly connection: Duplex; readonly take: () => void } {
  let take: () => void = () => undefined;
  const connection = new Duplex({
    allowHalfOpen: true,
    read: () => undefined,
    write: (_data, _encoding, done) => (take = done),
  });
  return { connection, take: () => take() };
}

test("a client that reads slowly gets what is left, however long that takes", async () => {
  const { connection, take } = client();
  hangUpOn(connection, Buffer.from("the end"));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(connection.destroyed).toBe(false);
  take();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(connection.writableFinished).toBe(true);
  expect(connection.destroyed).toBe(false);
});

test("a client that has had everything and doesn't hang up is hung up on", async () => {
  const { connection } = client();
  hangUpOn(connection);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(connection.destroyed).toBe(true);
});
