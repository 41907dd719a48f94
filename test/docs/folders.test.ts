import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { documents, root } from "./documents.ts";

const folders = (...patterns: string[]): string[] =>
  [...new Set(globSync(patterns, { cwd: root }).map((file) => path.dirname(file)))].toSorted();

test("docs/folders.md tells of each folder with TypeScript, once", () => {
  const document = documents.find((each) => each.path === "docs/folders.md");
  const rows = document?.text.matchAll(/^\| `((?:src|scripts|test)\/[^`]*)\/?` \| \S/gm) ?? [];
  const told = [...rows].map(([, folder = ""]) => folder.replace(/\/$/, ""));
  expect(told.toSorted()).toEqual(folders("{src,scripts,test}/**/*.ts"));
});

test("each Go package says what it is", () => {
  const silent = folders("{guest,lab}/**/*.go").filter((folder) => {
    const sources = globSync(`${folder}/*.go`, { cwd: root }).filter(
      (file) => !file.endsWith("_test.go"),
    );
    const texts = sources.map((file) => readFileSync(path.join(root, file), "utf8"));
    return texts.length > 0 && !texts.some((text) => /^\/\/(?!go:).*\npackage /m.test(text));
  });
  expect(silent).toEqual([]);
});
