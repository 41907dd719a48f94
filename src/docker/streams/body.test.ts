import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BodyCutOffError, readExactly } from "./body.ts";

test("a body that is cut off is an error, not a shorter body", async () => {
  const source = new PassThrough();
  source.end("abc");
  await expect(readExactly(source, 4)).rejects.toThrow(BodyCutOffError);
  const broken = new PassThrough();
  const reading = readExactly(broken, 1);
  broken.destroy();
  await expect(reading).rejects.toThrow(BodyCutOffError);
});

test("exactly the body is taken, wherever it is cut, and what follows is left", async () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.nat(40), async (parts, wish) => {
      const all = Buffer.concat(parts.map((part) => Buffer.from(part)));
      const length = Math.min(wish, all.length);
      const source = new PassThrough();
      const reading = readExactly(source, length);
      for (const part of parts) {
        source.write(Buffer.from(part));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await reading).toEqual(all.subarray(0, length));
      source.end();
      const rest: Buffer[] = [];
      for await (const part of source) rest.push(part as Buffer);
      expect(Buffer.concat(rest)).toEqual(all.subarray(length));
    }),
    { numRuns: 50 },
  );
});
