import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DetachKeysError, DetachScanner, parseDetachKeys } from "./detach-keys.ts";

test.each(["ctrl-", "ctrl-foo", "ab", "ctrl-1", ",", "ctrl-p,", "\u001b", "é"])(
  "%j isn't a sequence of keys",
  (text) => {
    expect(() => parseDetachKeys(text)).toThrow(DetachKeysError);
  },
);

test.each([
  [undefined, [16, 17]],
  ["", [16, 17]],
  ["a", [97]],
  ["ctrl-a,z", [1, 122]],
  ["ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", [0, 27, 28, 29, 30, 31]],
  ["CTRL-Z", [26]],
])("%j is %j", (text, keys) => {
  expect([...parseDetachKeys(text)]).toEqual(keys);
});

describe("the keys", () => {
  /** What goes on to the process, and whether it hung up, with the typed bytes in these pieces. */
  const type = (keys: Buffer, pieces: readonly Buffer[]): [string, boolean] => {
    const scanner = new DetachScanner(keys);
    let out = "";
    for (const piece of pieces) {
      const { data, detached } = scanner.push(piece);
      out += data.toString("latin1");
      if (detached) return [out, true];
    }
    return [out + scanner.flush().toString("latin1"), false];
  };

  test("hang up wherever they are cut, and nothing else does", () => {
    const byte = fc.constantFrom(1, 2, 3);
    fc.assert(
      fc.property(
        fc.array(byte, { minLength: 1, maxLength: 3 }),
        fc.array(byte, { maxLength: 12 }),
        fc.array(fc.nat(12)),
        (keys, typed, cuts) => {
          const at = [0, ...cuts, 12].toSorted((a, b) => a - b);
          const pieces = at.slice(1).map((end, i) => Buffer.from(typed.slice(at[i], end)));
          expect(type(Buffer.from(keys), pieces)).toEqual(
            type(Buffer.from(keys), [Buffer.from(typed)]),
          );
        },
      ),
    );
  });

  test("never lose or change what isn't them", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (typed) => {
        const [out, detached] = type(Buffer.from([16, 17]), [Buffer.from(typed)]);
        const text = Buffer.from(typed).toString("latin1");
        const end = text.indexOf("\u0010\u0011");
        expect([out, detached]).toEqual(end < 0 ? [text, false] : [text.slice(0, end), true]);
      }),
    );
  });

  test("may begin anew in the middle of themselves", () => {
    expect(type(Buffer.from([16, 17]), [Buffer.from([16, 16, 17])])).toEqual(["\u0010", true]);
  });
});
