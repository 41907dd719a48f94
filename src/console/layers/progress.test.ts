import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { lastProgress, verdict } from "./progress.ts";

describe("lastProgress", () => {
  const last = (...chunks: string[]) =>
    lastProgress(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), () => {});

  it.each<[string, string[], object]>([
    ["nothing", [], {}],
    ["garbage", ["\u0000\u001b[2J\n[1,\n\n"], {}],
    ["values that are no objects", ['1\nnull\n"done"\ntrue\n'], {}],
    ["garbage after it", ['{"done":true}\nsegmentation fault\n'], { done: true }],
    ["a line in pieces", ['{"do', 'ne":', "true}\n"], { done: true }],
    ["a last line without its end", ['{"layer":0}\n{"done":true}'], { done: true }],
    [
      "a line too long before it",
      [`"${"x".repeat(300_000)}`, '"\n{"done":true}\n'],
      { done: true },
    ],
    [
      "a line too long after it",
      ['{"done":true}\n{"x":"', `${"x".repeat(300_000)}"}\n`],
      { done: true },
    ],
  ])("of %s is what means something", async (_, chunks, expected) => {
    expect(await last(...chunks)).toEqual(expected);
  });

  it("reads a character that comes in pieces", async () => {
    const bytes = Buffer.from('{"error":{"message":"Ü"}}');
    const pieces = [...bytes].map((byte) => Buffer.of(byte));
    expect(await lastProgress(Readable.from(pieces), () => {})).toEqual({
      error: { message: "Ü" },
    });
  });

  it("holds no line without end", async () => {
    const chunk = Buffer.alloc(1 << 20, "x");
    // More than V8 has room for in one string.
    const endless = function* () {
      for (let sent = 0; sent < 600; sent++) yield chunk;
      yield Buffer.from('\n{"done":true}\n');
    };
    expect(await lastProgress(Readable.from(endless()), () => {})).toEqual({ done: true });
  });
});

describe("verdict", () => {
  it("is done where the agent says so and ends well", () => {
    const layers = [{ files: 2 }, { files: 3 }];
    expect(verdict({ done: true, usedBytes: 9, layers }, 0)).toEqual({
      result: "Done",
      usedBytes: 9,
      files: 5,
    });
  });

  it.each([
    [{ done: true }, 1],
    [{ done: "true" }, 0],
    [{}, 0],
    [{}, 255],
    [{ error: null }, 1],
    [{ error: { reason: 7, message: {} } }, 1],
    [{ error: { reason: "no Pascal", message: "" } }, 1],
  ])("of %j with status %d is a failure", (progress, status) => {
    expect(verdict(progress, status)).toEqual({
      result: "Failed",
      reason: "UnpackFailed",
      message: `the worker's agent ended with status ${status} and didn't say why`,
    });
  });

  it("counts nothing that isn't a number of things", () => {
    const layers = [null, 3, { files: -1 }, { files: 1e300 }, { files: "7" }, { files: 1 }];
    expect(verdict({ done: true, usedBytes: Number.NaN, layers }, 0)).toEqual({
      result: "Done",
      usedBytes: 0,
      files: 1,
    });
    expect(verdict({ done: true, layers: "many" }, 0)).toMatchObject({ files: 0 });
  });

  it("passes a guest's words on bounded and without control characters", () => {
    const message = `no \u001b[31mspace\u202e${"x".repeat(5000)}`;
    const result = verdict({ error: { reason: "NoSpace", message } }, 1);
    expect(result).toMatchObject({ result: "Failed", reason: "NoSpace" });
    expect(result).toHaveProperty("message", expect.stringMatching(/^no \?\[31mspace\?x{1,1024}$/));
  });
});
