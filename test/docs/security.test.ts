// Each threat that docs/security.md says is answered has a test that shows it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documents, root } from "./documents.ts";

const { text = "" } = documents.find(({ path }) => path === "docs/security.md") ?? {};
const [answered = ""] = text.split("## Not prevented");
const rows = answered
  .split("\n")
  .filter((line) => /^\| (?!it |somebody |---)/.test(line) && !line.startsWith("|---"));

test.each(rows)("%s", (row) => {
  const [, file, words] = /\| `([^`]+)` "([^"]+)" \|$/.exec(row) ?? [];
  expect(file, "names a test").toBeDefined();
  expect(readFileSync(join(root, file!), "utf8")).toContain(words);
});

test("there are threats", () => expect(rows.length).toBeGreaterThan(20));
