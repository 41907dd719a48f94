// Reasons are part of the API: what the code writes must be in conditions.ts, and so in the reference; and nothing else.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REASONS } from "../../src/api/conditions.ts";

const root = join(import.meta.dirname, "..", "..");

/** Paths and texts of the product's own sources; agents in guests have reasons too. */
async function sources(...patterns: string[]): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for await (const file of glob(patterns, { cwd: root })) {
    if (/^src\/api\/conditions\.ts$|\.test\.ts$|_test\.go$/.test(file)) continue;
    files.push([file, readFileSync(join(root, file), "utf8")]);
  }
  return files;
}

/** Where a reason is written as text: in a literal, or as the first argument of an error that carries one. */
const written = /\breason: "([A-Z]\w*)"|\b(?:Terminal|Waiting|Retry)Error\(\s*"([A-Z]\w*)"/g;

/** Reasons of refusals, which no condition has: those that the console gives the gateway. */
const refusals = readFileSync(join(root, "docs/console-api.md"), "utf8");

test("every reason in the code is documented", async () => {
  const unknown = (await sources("src/**/*.ts")).flatMap(([file, text]) =>
    [...text.matchAll(written)]
      .map(([, literal, argument]) => literal ?? argument ?? "")
      .filter((reason) => !(reason in REASONS) && !refusals.includes(`\`${reason}\``))
      .map((reason) => `${file}: ${reason}`),
  );
  expect(unknown).toEqual([]);
});

test("every documented reason occurs in the code", async () => {
  const texts = (await sources("src/**/*.ts", "guest/**/*.go")).map(([, text]) => text);
  const words = new Set(texts.join("\n").match(/\b[A-Z]\w+\b/g));
  expect(Object.keys(REASONS).filter((reason) => !words.has(reason))).toEqual([]);
});
