import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ModelContainer } from "../../../test/consoles/guest-model.ts";
import type { AttachOptions, OutputFrame } from "../client/console-client.ts";
import { openAttach } from "./attach.ts";

const NEXT: AttachOptions = {
  stdin: false,
  stdout: true,
  stderr: true,
  logs: false,
  stream: true,
  run: "next",
};

test("whatever becomes of line, file and reader, the output of a run is its very bytes", async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("write" as const),
        stream: fc.constantFrom("stdout" as const, "stderr" as const),
        text: fc.string({ unit: fc.constantFrom("a", "b", "\n", "\u00ff", "\r"), maxLength: 600 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "cut" as const,
          "lined" as const,
          "hide" as const,
          "show" as const,
          "wait" as const,
        ),
      }),
    },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 2000 }),
      fc.boolean(),
      async (steps, held, isSlow) => {
        const container = new ModelContainer({ held });
        container.begin();
        container.write("stdout", "an earlier run\n");
        container.exit(0);
        container.tellExited(0);
        const { signal } = new AbortController();
        const { output } = openAttach(container.deps, container.object, NEXT, signal);
        const got = { stdout: "", stderr: "" };
        const reading = (async () => {
          for await (const frame of output as AsyncIterable<OutputFrame>) {
            if (frame.type === "error") throw new Error(frame.reason);
            if (frame.type !== "exit") got[frame.type] += frame.data.toString("latin1");
            if (isSlow) await delay(1);
          }
        })();
        reading.catch(() => {});
        await delay(1);
        container.begin();
        const written = { stdout: "", stderr: "" };
        container.tellRunning();
        for (const each of steps) {
          if (each.do === "write") {
            const bytes = Buffer.from(each.text, "latin1");
            container.write(each.stream, bytes);
            written[each.stream] += each.text;
          } else if (each.do === "cut") container.cut();
          else if (each.do === "lined") container.lined = !container.lined;
          else if (each.do === "hide") container.visible ??= container.log.length;
          else if (each.do === "show") container.visible = undefined;
          else await delay(2);
        }
        container.exit(0);
        container.visible = undefined;
        container.tellExited(0);
        await reading;
        expect(got).toEqual(written);
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);
