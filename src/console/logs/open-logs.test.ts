import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ModelContainer } from "../../../test/consoles/guest-model.ts";
import { logText, openLog, WHOLE_LOG } from "../../../test/consoles/log-text.ts";
import type { LogOptions, OutputFrame } from "../client/console-client.ts";
import { openLogs } from "./open-logs.ts";

const model = (held = 1 << 18) => new ModelContainer({ held });

/** Two runs: the first lines are at 14:00:00.007, then one each 7 ms. */
function ran(): ModelContainer {
  const container = model();
  container.begin();
  container.write("stdout", "one\n");
  container.write("stderr", "two\n");
  container.exit(1);
  container.tellExited(1);
  container.begin();
  container.write("stdout", "three\nfour\n");
  container.write("stderr", "five");
  container.exit(0);
  container.tellExited(0);
  return container;
}

describe("a log", () => {
  test("of a container that never ran is empty, and ends also where it is followed", async () => {
    const container = model();
    container.exists = false;
    expect(await logText(openLog(container))).toBe("");
    expect(await logText(openLog(container, { follow: true, tail: 3 }))).toBe("");
  });

  test("that is gone is an error that says so", async () => {
    const container = ran();
    container.exists = false;
    await expect(openLog(container)).rejects.toMatchObject({ status: 404, reason: "LogGone" });
  });

  test("is that of all runs, without the guest's own lines, byte for byte", async () => {
    expect(await logText(openLog(ran()))).toBe("one\n!two\nthree\nfour\n!five");
  });

  test.each<[string, Partial<LogOptions>, string]>([
    ["one stream", { stderr: false }, "one\nthree\nfour\n"],
    ["no last line", { tail: 0 }, ""],
    ["more lines than there are", { tail: 99 }, "one\n!two\nthree\nfour\n!five"],
    ["last lines of both streams", { tail: 2 }, "four\n!five"],
    ["last lines of both streams, of which one is shown", { tail: 2, stderr: false }, "four\n"],
    [
      "lines since a time, that of a line included",
      { since: Number("1795356000.042000001") },
      "three\nfour\n!five",
    ],
    [
      "lines until a time, that of a line included",
      { until: Number("1795356000.042000001") },
      "one\n!two\nthree\n",
    ],
    ["the last lines of all, of which none is in time", { tail: 1, until: 1795356000.02 }, ""],
    ["times", { tail: 1, timestamps: true }, "!2026-11-22T14:00:00.056000001Z five"],
  ])("shows %s", async (_, options, expected) => {
    expect(await logText(openLog(ran(), options))).toBe(expected);
  });

  test("counts a line of more than 16 KiB as several, each with its time, as dockerd 28 does", async () => {
    const container = model();
    container.begin();
    container.write("stdout", `${"x".repeat(40_000)}\ntail`);
    container.exit(0);
    container.tellExited(0);
    expect(await logText(openLog(container, { tail: 2 }))).toHaveLength(
      40_000 - 2 * 16_384 + 1 + 4,
    );
    expect(
      (await logText(openLog(container, { timestamps: true }))).split("2026-").length - 1,
    ).toBe(4);
  });

  test("has as many last lines as asked for, however long they are and whatever stands between them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom("stdout", "stderr", "vic", "garbage"),
            fc.integer({ min: 0, max: 40_000 }),
          ),
          { maxLength: 40 },
        ),
        fc.integer({ min: 0, max: 20 }),
        async (parts, tail) => {
          const container = model();
          const expected: string[] = [];
          for (const [stream, length] of parts) {
            const content = `${"x".repeat(Math.min(length, 16_000))}\n`;
            if (stream === "garbage")
              container.log = Buffer.concat([
                container.log,
                Buffer.alloc(length, "g"),
                Buffer.from("\n"),
              ]);
            else container.logLine(stream, Buffer.from(content));
            if (stream === "stdout" || stream === "stderr") expected.push(content);
          }
          const shown = tail === 0 ? [] : expected.slice(-tail);
          expect((await logText(openLog(container, { tail }))).replaceAll("!", "")).toBe(
            shown.join(""),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a log that is followed", () => {
  test("ends with the run, after the file's last line, also where no line came about", async () => {
    const container = ran();
    container.lined = false;
    container.begin();
    container.tellRunning();
    container.write("stdout", "six\n");
    const followed = logText(openLog(container, { follow: true, tail: 1 }));
    await delay(10);
    container.write("stdout", "seven\n");
    container.exit(0);
    container.tellExited(0);
    expect(await followed).toBe("six\nseven\n");
  });

  test("comes over the line where the file shows nothing of the run yet", async () => {
    const container = ran();
    container.visible = container.log.length;
    container.begin();
    container.tellRunning();
    container.write("stdout", "six\n");
    const got: string[] = [];
    const output = await openLog(container, { follow: true, tail: 0 });
    output.on("data", (frame: OutputFrame) => {
      if (frame.type === "stdout") got.push(frame.data.toString());
    });
    await expect.poll(() => got.join("")).toBe("six\n");
    output.destroy();
  });

  test("of a container that is started while it is asked for is that of the run", async () => {
    const container = ran();
    container.status({ state: "Starting" });
    const followed = logText(openLog(container, { follow: true, tail: 0 }));
    await delay(5);
    container.begin();
    container.tellRunning();
    container.write("stdout", "six\n");
    await delay(20);
    container.exit(0);
    container.tellExited(0);
    expect(await followed).toBe("six\n");
  });

  test("of a run that has written megabytes comes over the line all the same", async () => {
    const container = model(1000);
    container.begin();
    container.write("stdout", Buffer.alloc(5 << 20, "x"));
    container.write("stdout", "\nlast\n");
    container.tellRunning();
    let read = 0;
    const { logFiles, ...deps } = container.deps;
    const counted = {
      ...deps,
      logFiles: {
        ...logFiles,
        of: (latest: () => typeof container.object) => {
          const file = logFiles.of(latest);
          return {
            size: (signal: AbortSignal) => file.size(signal),
            async *read(start: number, end: number | undefined, signal: AbortSignal) {
              for await (const piece of file.read(start, end, signal)) {
                read += piece.length;
                yield piece;
              }
            },
          };
        },
      },
    };
    const output = await openLogs(
      counted,
      container.object,
      { ...WHOLE_LOG, follow: true, tail: 1 },
      new AbortController().signal,
    );
    const got: string[] = [];
    output.on("data", (frame: OutputFrame) => {
      if (frame.type === "stdout") got.push(frame.data.toString());
    });
    await expect.poll(() => container.asked).toBe(1);
    container.visible = container.log.length;
    container.write("stdout", "more\n");
    await expect.poll(() => got.join("")).toBe("last\nmore\n");
    // Neither from its beginning, nor again and again.
    expect(read).toBeLessThan(12 << 20);
    output.destroy();
  });

  test("stops at the first line after the time until which it is asked for", async () => {
    const container = ran();
    container.begin();
    container.tellRunning();
    const followed = logText(openLog(container, { follow: true, tail: 0, until: 1795356000.08 }));
    await delay(20);
    for (let i = 0; i < 10; i++) container.write("stdout", `${i}\n`);
    expect(await followed).toMatch(/^0\n(\d\n)*$/);
  });

  test("has every line once and in order, whatever becomes of line, file and reader", async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .integer({ min: 1, max: 30 })
          .map((lines) => ({ do: "write" as const, lines })),
      },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom("cut", "lined", "hide", "show", "wait")
          .map((each) => ({ do: each, lines: 0 })),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
        async (steps, held, tail) => {
          const container = model(held);
          container.begin();
          container.write("stdout", "before\n");
          container.exit(0);
          container.tellExited(0);
          container.begin();
          container.tellRunning();
          const followed = logText(
            openLog(container, { follow: true, ...(tail !== undefined && { tail }) }),
          );
          followed.catch(() => {});
          await delay(1);
          let n = 0;
          let expected = tail === 0 ? "" : "before\n";
          for (const each of steps) {
            if (each.do === "write")
              for (let i = 0; i < each.lines; i++) {
                expected += `${n}\n`;
                container.write("stdout", `${n++}\n`);
              }
            else if (each.do === "cut") container.cut();
            else if (each.do === "lined") container.lined = !container.lined;
            else if (each.do === "hide") container.visible ??= container.log.length;
            else if (each.do === "show") container.visible = undefined;
            else await delay(2);
          }
          container.exit(0);
          container.visible = undefined;
          container.tellExited(0);
          expect(await followed).toBe(expected);
        },
      ),
      { numRuns: 150 },
    );
  }, 120_000);
});
