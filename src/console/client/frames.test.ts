import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutputFrame } from "./console-client.ts";
import {
  encodeInput,
  encodeOutput,
  FrameDecoder,
  FrameError,
  type InputFrame,
  readInput,
  readOutput,
} from "./frames.ts";

const data = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const size = fc.record({ width: fc.nat(0xffff), height: fc.nat(0xffff) });
const input: fc.Arbitrary<InputFrame> = fc.oneof(
  data.map((bytes) => ({ type: "stdin" as const, data: bytes })),
  size.map((cells) => ({ type: "size" as const, size: cells })),
);
const output: fc.Arbitrary<OutputFrame> = fc.oneof(
  fc.record({ type: fc.constantFrom("stdout" as const, "stderr" as const), data }),
  fc.record({ type: fc.constant("exit" as const), exitCode: fc.nat(255) }),
  fc.record({ type: fc.constant("error" as const), reason: fc.string(), message: fc.string() }),
);

/** Decodes bytes that come in pieces of these lengths. */
function decode<T>(wire: Buffer, cuts: readonly number[], read: (frame: never) => T): T[] {
  const decoder = new FrameDecoder();
  const frames: T[] = [];
  let at = 0;
  for (const cut of [...cuts, wire.length]) {
    frames.push(...decoder.push(wire.subarray(at, at + cut)).map((frame) => read(frame as never)));
    at += cut;
  }
  expect(decoder.partial).toBe(false);
  return frames;
}

/** Pieces of one stream that follow on one another, as one: where they are cut means nothing. */
function joined(frames: readonly (InputFrame | OutputFrame)[]): object[] {
  const whole: object[] = [];
  for (const frame of frames) {
    const last = whole.at(-1) as InputFrame | OutputFrame | undefined;
    if (!("data" in frame)) whole.push(frame);
    else if (last !== undefined && "data" in last && last.type === frame.type)
      whole.splice(-1, 1, { ...last, data: Buffer.concat([last.data, frame.data]) });
    else if (frame.data.length > 0) whole.push(frame);
  }
  return whole;
}

describe("frames", () => {
  it.each([
    ["output to the console", Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])],
    ["a size that is none", Buffer.from([4, 0, 0, 0, 0, 0, 0, 2, 0x7b, 0x7d])],
    ["a payload that isn't JSON", Buffer.from([4, 0, 0, 0, 0, 0, 0, 1, 0x7b])],
    ["an unknown type", Buffer.from([9, 0, 0, 0, 0, 0, 0, 0])],
  ])("refuses %s", (_what, wire) => {
    const [frame] = new FrameDecoder().push(wire);
    expect(() => readInput(frame!)).toThrow(FrameError);
  });

  it("refuses what doesn't come from a console", () => {
    const [frame] = new FrameDecoder().push(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]));
    expect(() => readOutput(frame!)).toThrow(FrameError);
  });

  it("refuses a frame that is too long before it has come", () => {
    const header = Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    expect(() => new FrameDecoder().push(header)).toThrow(FrameError);
  });

  it("arrive as they were sent, however their bytes are split", () => {
    fc.assert(
      fc.property(fc.array(input), fc.array(fc.nat(40)), (frames, cuts) => {
        const wire = Buffer.concat(frames.map(encodeInput));
        expect(joined(decode(wire, cuts, readInput))).toEqual(joined(frames));
      }),
    );
    fc.assert(
      fc.property(fc.array(output), fc.array(fc.nat(40)), (frames, cuts) => {
        const wire = Buffer.concat(frames.map(encodeOutput));
        expect(joined(decode(wire, cuts, readOutput))).toEqual(joined(frames));
      }),
    );
  });

  it("carry more than one frame may hold in several", () => {
    const much = Buffer.alloc(3 * 1024 * 1024 + 1, 7);
    const frames = decode(encodeInput({ type: "stdin", data: much }), [], readInput);
    expect(frames).toHaveLength(4);
  });
});
