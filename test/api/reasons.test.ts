// Reasons are part of the API: what the code writes must be in conditions.ts, and so in the reference.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REASONS } from "../../src/api/conditions.ts";

const source = join(import.meta.dirname, "..", "..", "src");

/** Where a reason is written as text: in a literal, or as the first argument of an error that carries one. */
const written = /\breason: "([A-Z]\w*)"|\b(?:Terminal|Waiting|Retry)Error\(\s*"([A-Z]\w*)"/g;

test("every reason in the code is documented", async () => {
  const unknown: string[] = [];
  for await (const file of glob("**/*.ts", { cwd: source })) {
    if (file.endsWith(".test.ts")) continue;
    for (const [, literal, argument] of readFileSync(join(source, file), "utf8").matchAll(
      written,
    )) {
      const reason = literal ?? argument ?? "";
      if (!(reason in REASONS)) unknown.push(`${file}: ${reason}`);
    }
  }
  expect(unknown).toEqual([]);
});
