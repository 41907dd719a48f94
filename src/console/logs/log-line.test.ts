import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogParser, runOf } from "./log-line.ts";

/** The lines of a log that comes in pieces of so many bytes, as stream and content. */
function parse(log: Buffer, size = log.length || 1) {
  const parser = new LogParser();
  const lines: { stream: string; content: string; start: number; end: number; run: unknown }[] = [];
  for (let at = 0; at < log.length; at += size)
    for (const line of parser.lines(log.subarray(at, at + size)))
      lines.push({
        stream: line.stream,
        content: line.buffer.toString("latin1", line.contentStart, line.contentEnd),
        start: line.start,
        end: line.end,
        run: runOf(line),
      });
  return { lines, position: parser.position };
}

const TIME = "2026-11-22T14:00:00.000000001Z";

describe("what is no line is left out", () => {
  test.each([
    ["nothing but a newline", "\n"],
    ["no stream", `${TIME}\n`],
    ["no tag", `${TIME} stdout\n`],
    ["no content's space", `${TIME} stdout F\n`],
    ["another stream", `${TIME} stdin F x\n`],
    ["another tag", `${TIME} stdout X x\n`],
    ["a longer tag", `${TIME} stdout FF x\n`],
    ["no time", "yesterday stdout F x\n"],
    ["an escape sequence in the time", "2026-11-22T14:00:0\u001bZ stdout F x\n"],
    ["ten digits of a fraction", "2026-11-22T14:00:00.0000000001Z stdout F x\n"],
    ["no zone", "2026-11-22T14:00:00.1 stdout F x\n"],
    ["a line without end", `${TIME} stdout F x`],
    ["more than 32 KiB", `${TIME} stdout F ${"x".repeat(40_000)}\n`],
  ])("%s", (_, text) => {
    const good = `${TIME} stderr F good\n`;
    for (const size of [1, 7, 100_000]) {
      const { lines } = parse(Buffer.from(`${text}${text.endsWith("\n") ? good : ""}`), size);
      expect(lines.map(({ content }) => content)).toEqual(text.endsWith("\n") ? ["good\n"] : []);
    }
  });
});

test("a log without a newline in it is not held", () => {
  const parser = new LogParser();
  const piece = Buffer.alloc(1 << 20, "x");
  for (let i = 0; i < 200; i++) expect([...parser.lines(piece)]).toEqual([]);
  const [line] = parser.lines(Buffer.from(`\n${TIME} stdout F x\n`));
  expect(line?.start).toBe(200 * piece.length + 1);
});

test("the guest's own lines tell runs, and nonsense in them tells nothing", () => {
  const word = (content: string) => parse(Buffer.from(`${TIME} vic F ${content}\n`)).lines[0]?.run;
  expect(word('{"run":3}')).toEqual({ run: 3, what: "began" });
  expect(word('{"run":3,"exitCode":7}')).toEqual({ run: 3, what: "ended" });
  expect(word('{"run":3,"truncated":true}')).toEqual({ run: 3, what: "truncated" });
  for (const nonsense of [
    "",
    "null",
    "[]",
    '{"run":"3"}',
    '{"run":1.5}',
    `{"run":3,"x":"${"x".repeat(999)}"}`,
  ])
    expect(word(nonsense)).toBeUndefined();
});

test("whatever a guest writes, in whatever pieces it comes: lines are the same, and where they stand", () => {
  const line = fc
    .record({
      stream: fc.constantFrom("stdout", "stderr", "vic", "std"),
      tag: fc.constantFrom("F", "P", "X"),
      content: fc.string({
        unit: fc.constantFrom("a", " ", "\u0000", "\u00ff", "\r"),
        maxLength: 60,
      }),
    })
    .map(({ stream, tag, content }) => `${TIME} ${stream} ${tag} ${content}\n`);
  const log = fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: line },
        { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 80 }) },
      ),
    )
    .map((parts) => Buffer.from(parts.join(""), "latin1"));
  fc.assert(
    fc.property(log, fc.integer({ min: 1, max: 200 }), (bytes, size) => {
      const { lines, position } = parse(bytes, size);
      expect({ lines, position }).toEqual(parse(bytes));
      for (const { start, end, content, stream } of lines) {
        const raw = bytes.toString("latin1", start, end);
        expect(raw.endsWith("\n")).toBe(true);
        expect(raw).toContain(` ${stream} `);
        expect(raw).toContain(content);
      }
      expect(position).toBe(bytes.lastIndexOf(10) + 1);
    }),
  );
});
