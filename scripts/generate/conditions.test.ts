import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CONDITIONS, REASONS } from "../../src/api/conditions.ts";
import { generateConditions } from "./conditions.ts";

const source = readFileSync(join(import.meta.dirname, "../../src/api/conditions.ts"), "utf8");
const page = generateConditions(source);

test.each([...Object.values(CONDITIONS), ...Object.values(REASONS)])("%s is explained", (word) => {
  // A constant without a comment would have no row.
  expect(page).toMatch(new RegExp(`^\\| \`${word}\` \\| \\S.*[.!] \\|$`, "m"));
});

test("a constant has its own name as value, and no word means two things", () => {
  for (const constants of [CONDITIONS, REASONS]) {
    for (const [name, value] of Object.entries(constants)) expect(value).toBe(name);
  }
  expect(page.match(/^\| `/gm)).toHaveLength(
    Object.keys(CONDITIONS).length + Object.keys(REASONS).length,
  );
});
