import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { anchorsOf, documents, linksOf, root, spansOf } from "./documents.ts";

/** Folders whose files the documents name. */
const FOLDER = /^(crds|docs|guest|lab|manifests|scripts|src|test|\.ci)\//;

/** Documents and sources, by their paths from the root. */
const NAMED = /(?<![\w./-])(?:docs\/[\w./-]+\.md|(?:src|test|scripts)\/[\w./-]+\.ts)\b/g;

const exists = (file: string): boolean =>
  /[*{]/.test(file) ? globSync(file, { cwd: root }).length > 0 : existsSync(path.join(root, file));

describe.each(documents)("$path", (document) => {
  test("links to what is there", () => {
    const broken = linksOf(document).filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [file = "", fragment] = link.split("#");
      const target = file === "" ? document.path : path.join(path.dirname(document.path), file);
      if (!exists(target)) return true;
      if (fragment === undefined) return false;
      const linked = documents.find((other) => other.path === target);
      return linked === undefined || !anchorsOf(linked).includes(fragment);
    });
    expect(broken).toEqual([]);
  });

  test("names files that are there", () => {
    const names = spansOf(document).filter((span) => FOLDER.test(span) && !/[<\s]/.test(span));
    expect(names.filter((name) => !exists(name))).toEqual([]);
  });
});

test("sources name documents and files that are there", () => {
  const sources = globSync(
    ["{src,scripts}/**/*.ts", "{guest,lab}/**/*.go", "crds/*.yaml", "manifests/*.yaml"],
    { cwd: root },
  );
  const broken = sources.flatMap((source) =>
    [...readFileSync(path.join(root, source), "utf8").matchAll(NAMED)]
      .filter(([name]) => !exists(name))
      .map(([name]) => `${source}: ${name}`),
  );
  expect(sources.length).toBeGreaterThan(100);
  expect(broken).toEqual([]);
});

test("decisions are numbered without gaps, in their titles too", () => {
  const decisions = documents.filter(({ path: file }) => file.startsWith("docs/decisions/"));
  expect(decisions.length).toBeGreaterThan(0);
  for (const [index, { path: file, text }] of decisions.entries()) {
    const number = String(index + 1).padStart(4, "0");
    expect(path.basename(file)).toMatch(new RegExp(`^${number}-[a-z0-9-]+\\.md$`));
    expect(text).toMatch(new RegExp(`^# ${number}: `));
  }
});
