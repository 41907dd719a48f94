// The example objects beside the CRDs, as the tests and the reference read them.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";

export interface Example {
  /** Name of the file without its ending. */
  name: string;
  /** Of an invalid one: a part of what the API server must say. */
  error: string | undefined;
  /** One object; two where the second is a change of the first. */
  documents: ExampleObject[];
}

export interface ExampleObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; resourceVersion?: string };
  spec: Record<string, unknown>;
}

const directory = join(import.meta.dirname, "..", "..", "crds", "examples");

/** All examples of `valid` or `invalid`, by name. */
export function readExamples(which: "valid" | "invalid"): Example[] {
  return readdirSync(join(directory, which))
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => {
      const text = readFileSync(join(directory, which, file), "utf8");
      return {
        name: file.replace(/\.yaml$/, ""),
        error: /^# Error: (.+)$/m.exec(text)?.[1],
        documents: loadAll(text) as ExampleObject[],
      };
    });
}
