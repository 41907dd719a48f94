import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ModelContainer } from "../../../test/consoles/guest-model.ts";
import { logText, openLog } from "../../../test/consoles/log-text.ts";

describe("the log of a VM whose power was cut", () => {
  test("has every byte of the next run once where no line had been cut off, and the serial line breaks", async () => {
    const container = new ModelContainer({ held: 1 << 18 });
    container.begin();
    container.exit(0);
    container.tellExited(0);
    container.visible = container.log.length;
    container.begin(true);
    container.tellRunning();
    const output = await openLog(container, { follow: true, tail: 0 });
    let expected = "";
    for (let n = 0; n < 200; n++) {
      expected += `${n}${"-".repeat(200)}\n`;
      container.write("stdout", `${n}${"-".repeat(200)}\n`);
    }
    output.read(0); // the reader takes nothing for now: the line stops in the middle of something
    await expect.poll(() => output.readableLength).toBe(8);
    container.visible = undefined;
    container.lined = false;
    container.cut();
    container.exit(0);
    container.tellExited(0);
    expect(await logText(output)).toBe(expected);
  });

  test("shows what a power cut left of a line, and every line of the next run, wherever the cut was", async () => {
    const lines = fc.array(
      fc.tuple(fc.constantFrom<"stdout" | "stderr">("stdout", "stderr"), fc.nat(60)),
      { maxLength: 8 },
    );
    const header = "2026-11-22T14:00:00.007000001Z stdout F ".length;
    await fc.assert(
      fc.asyncProperty(
        lines,
        lines,
        fc.nat(1000),
        fc.option(fc.nat(20), { nil: undefined }),
        async (before, after, cutAt, tail) => {
          const container = new ModelContainer({ held: 1 << 18 });
          const expected: string[] = [];
          container.begin();
          const cut = cutAt + container.log.length;
          for (const [stream, length] of before) {
            const content = `${"x".repeat(length)}\n`;
            const left = content.slice(0, Math.max(0, cut - container.log.length - header));
            if (cut >= container.log.length + header)
              expected.push(left.endsWith("\n") ? left : `${left}\n`);
            container.write(stream, content);
          }
          container.cutPower(Math.min(cut, container.log.length));
          container.begin(true);
          for (const [stream, length] of after) {
            expected.push(`${"y".repeat(length)}\n`);
            container.write(stream, expected.at(-1) ?? "");
          }
          const options = tail === undefined ? {} : { tail };
          const shown = (await logText(openLog(container, options))).replaceAll("!", "");
          const last = tail === undefined ? expected : tail === 0 ? [] : expected.slice(-tail);
          expect(shown).toBe(last.join(""));
        },
      ),
      { numRuns: 300 },
    );
  });
});
