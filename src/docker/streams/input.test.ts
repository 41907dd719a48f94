import { Duplex, PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { sendInput } from "./input.ts";

const never = new AbortController().signal;

/** A connection that says this, and then nothing more. */
function client(...said: string[]): Duplex {
  const connection = new PassThrough();
  for (const each of said) connection.write(each);
  return connection;
}

test("a process that closed its input costs neither the connection nor an error", async () => {
  const connection = client("one");
  const stdin = new PassThrough();
  const sending = sendInput(connection, stdin, undefined, never);
  stdin.destroy(new Error("EPIPE"));
  connection.push("two");
  connection.push(null);
  expect(await sending).toBe(false);
  expect(connection.destroyed).toBe(false);
});

test("a client that breaks off isn't the end of the input", async () => {
  const connection = client("one");
  const stdin = new PassThrough();
  const sending = sendInput(connection, stdin, undefined, never);
  connection.destroy(new Error("reset"));
  expect(await sending).toBe(false);
  expect(stdin.writableEnded).toBe(false);
});

test("a process that doesn't read isn't waited for when the stream is over", async () => {
  const stdin = new Duplex({ read: () => undefined, write: () => undefined, highWaterMark: 1 });
  const stop = new AbortController();
  const sending = sendInput(client("many bytes"), stdin, undefined, stop.signal);
  stop.abort();
  expect(await sending).toBe(false);
});

test("the detach keys end it before what follows them", async () => {
  const stdin = new PassThrough();
  const connection = client("a\u0010", "\u0011b");
  expect(await sendInput(connection, stdin, Buffer.from([16, 17]), never)).toBe(true);
  expect(String(stdin.read())).toBe("a");
});

test("the end is passed on, with a key that might have been the first of the sequence", async () => {
  const stdin = new PassThrough();
  const connection = client("a\u0010");
  connection.end();
  expect(await sendInput(connection, stdin, Buffer.from([16, 17]), never)).toBe(false);
  expect(String(stdin.read())).toBe("a\u0010");
  expect(stdin.writableEnded).toBe(true);
});
