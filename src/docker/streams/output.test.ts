import { PassThrough, Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import type { OutputFrame } from "../../console/client/console-client.ts";
import { sendOutput } from "./output.ts";

const never = new AbortController().signal;
const out = (text: string): OutputFrame => ({ type: "stdout", data: Buffer.from(text) });

/** A client and all that it got. */
function reader(): { readonly client: Writable; readonly got: () => string } {
  const parts: Buffer[] = [];
  const client = new Writable({
    write(part: Buffer, _encoding, done) {
      parts.push(part);
      done();
    },
  });
  return { client, got: () => Buffer.concat(parts).toString("latin1") };
}

test("a stream that breaks is told from one that ends", async () => {
  const output = new PassThrough({ objectMode: true });
  output.write(out("begin"));
  const { client, got } = reader();
  const sending = sendOutput(output, client, true, never);
  await new Promise((resolve) => setImmediate(resolve));
  output.destroy(new Error("reset"));
  expect(await sending).toEqual({
    type: "failed",
    message: "the connection to the container broke off: reset",
  });
  expect(got()).toBe("begin");
});

test("why the console ended it is what the client is told", async () => {
  const error = { type: "error", reason: "Gone", message: "the VM vanished" } as const;
  const { client } = reader();
  expect(await sendOutput(Readable.from([out("a"), error]), client, true, never)).toEqual({
    type: "failed",
    message: "the VM vanished",
  });
});

test("an abort stops it, also while the client doesn't read", async () => {
  const stop = new AbortController();
  const deaf = new Writable({ write: () => undefined, highWaterMark: 1 });
  const output = Readable.from([out("a"), out("b")]);
  const sending = sendOutput(output, deaf, true, stop.signal);
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  expect(await sending).toEqual({ type: "stopped" });
  expect(output.destroyed).toBe(true);
});

test("no more is read than the client takes", async () => {
  let read = 0;
  const flood = new Readable({
    objectMode: true,
    highWaterMark: 4,
    read() {
      read += 1;
      this.push(out("x".repeat(1_000)));
    },
  });
  const stop = new AbortController();
  const deaf = new Writable({ write: () => undefined, highWaterMark: 1_000 });
  const sending = sendOutput(flood, deaf, false, stop.signal);
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await sending;
  expect(read).toBeLessThan(200);
});

test("frames say which stream they are, a terminal's bytes don't, and the exit code is the end's", async () => {
  const frames: OutputFrame[] = [
    out("a"),
    { type: "stderr", data: Buffer.from("bc") },
    { type: "exit", exitCode: 7 },
  ];
  const framed = reader();
  const end = await sendOutput(Readable.from(frames), framed.client, false, never);
  expect(end).toEqual({ type: "ended", exitCode: 7 });
  expect(framed.got()).toBe("\x01\0\0\0\0\0\0\x01a\x02\0\0\0\0\0\0\x02bc");
  const raw = reader();
  await sendOutput(Readable.from(frames), raw.client, true, never);
  expect(raw.got()).toBe("abc");
});
