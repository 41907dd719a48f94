import fc from "fast-check";
import { expect, test } from "vitest";
import { ProgressLines, type PullLine } from "./progress-lines.ts";

const digest = (layer: number): string => `sha256:${String(layer).padEnd(64, "0")}`;
const begin = (layers: number[], known: number[] = []) => {
  const lines = new ProgressLines();
  return { lines, begun: lines.begin(layers.map(digest), new Set(known.map(digest))) };
};
const texts = (lines: readonly PullLine[]): string[] => lines.map(({ status }) => status);

test("layers that are there already are said to be, once each", () => {
  const { lines, begun } = begin([1, 2, 1], [2]);
  expect(texts(begun)).toEqual(["Pulling fs layer", "Already exists"]);
  const progress = { digest: digest(2), state: "Downloading", bytes: 1, size: 2 } as const;
  expect(lines.update({ layers: [progress] })).toEqual([]);
  expect(texts(lines.end())).toEqual(["Download complete", "Pull complete"]);
});

test("bytes are shown with a bar, for clients that only print", () => {
  const { lines } = begin([1]);
  const at = (bytes: number) =>
    lines.update({ layers: [{ digest: digest(1), state: "Downloading", bytes, size: 2_259_318 }] });
  expect(at(32_768)).toEqual([
    {
      status: "Downloading",
      progressDetail: { current: 32_768, total: 2_259_318 },
      progress: "[>                                                  ]  32.77kB/2.259MB",
      id: "100000000000",
    },
  ]);
  expect(at(1_605_632)[0]?.progress).toBe(
    "[===================================>               ]  1.606MB/2.259MB",
  );
  expect(at(2_259_318)[0]?.progress).toBe(
    "[==================================================>]  2.259MB/2.259MB",
  );
});

test("whatever the console says, each layer ends once and says nothing after", () => {
  const state = fc.record({
    digest: fc.integer({ min: 0, max: 4 }).map(digest),
    state: fc.constantFrom("Waiting" as const, "Downloading" as const, "Unpacked" as const),
    bytes: fc.nat(100),
    size: fc.nat(100),
  });
  fc.assert(
    fc.property(fc.array(fc.array(state, { maxLength: 4 }), { maxLength: 8 }), (updates) => {
      const { lines, begun } = begin([1, 2, 3]);
      const all = [...begun, ...updates.flatMap((layers) => lines.update({ layers }))];
      all.push(...lines.end());
      for (const id of [1, 2, 3].map((layer) => digest(layer).slice(7, 19))) {
        const mine = texts(all.filter((line) => line.id === id));
        expect(mine[0]).toBe("Pulling fs layer");
        expect(mine.slice(-2)).toEqual(["Download complete", "Pull complete"]);
        expect(mine.slice(1, -2).every((text) => text === "Downloading")).toBe(true);
      }
    }),
  );
});
