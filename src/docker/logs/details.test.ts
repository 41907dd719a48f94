import fc from "fast-check";
import { expect, test } from "vitest";
import { LineDetails } from "./details.ts";

const through = (timestamps: boolean, pieces: readonly string[]): string => {
  const details = new LineDetails(timestamps);
  return pieces.map((piece) => details.push(Buffer.from(piece)).toString()).join("");
};

test.each([
  [false, "a\n\nb", " a\n \n b"],
  [true, "T1 a b\nT2 \nT3 c", "T1  a b\nT2  \nT3  c"],
  [false, "", ""],
])("timestamps %s: %j", (timestamps, text, expected) => {
  expect(through(timestamps, [text])).toBe(expected);
});

test("it doesn't matter where pieces end", () => {
  const text = fc.array(fc.constantFrom("a", " ", "\n", "T1 ")).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.boolean(), fc.nat(20), (whole, timestamps, cut) => {
      const pieces = [whole.slice(0, cut), whole.slice(cut)];
      expect(through(timestamps, pieces)).toBe(through(timestamps, [whole]));
    }),
  );
});
