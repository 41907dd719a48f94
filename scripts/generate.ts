// Writes everything that follows from crds/: types, reference, RBAC. `--check` writes nothing and fails on a difference.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readCustomResources } from "./generate/crds.ts";
import { generateTypes } from "./generate/types.ts";

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");

const files = new Map<string, string>();
for (const resource of readCustomResources(join(root, "crds"))) {
  files.set(`src/api/${resource.singular}.gen.ts`, await generateTypes(resource));
}

const stale: string[] = [];
for (const [path, text] of files) {
  const absolute = join(root, path);
  if (readIfThere(absolute) === text) continue;
  stale.push(path);
  if (check) continue;
  mkdirSync(dirname(absolute), { recursive: true });
  writeFileSync(absolute, text);
}

for (const path of stale) console.log(check ? `stale: ${path}` : `wrote ${path}`);
if (check && stale.length > 0) {
  console.error("Generated files don't follow from their sources: run `npm run generate`.");
  process.exitCode = 1;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
