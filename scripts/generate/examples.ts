// Reads the example objects beside the CRDs for the reference.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface ExampleText {
  /** Name of the file without its ending. */
  name: string;
  kind: string;
  /** The comment above: what it shows, or why it is refused. */
  why: string;
  /** Of an invalid one: a part of what the API server says. */
  error: string | undefined;
  /** Without the comment. */
  yaml: string;
}

/** All examples of a directory, by name. */
export function readExampleTexts(directory: string): ExampleText[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => {
      const text = readFileSync(join(directory, file), "utf8");
      const comments = text.split("\n").filter((line) => line.startsWith("# "));
      const error = comments.find((line) => line.startsWith("# Error: "));
      return {
        name: file.replace(/\.yaml$/, ""),
        kind: /^kind: (\S+)$/m.exec(text)?.[1] ?? "",
        why: comments
          .filter((line) => line !== error)
          .map((line) => line.slice(2))
          .join(" "),
        error: error?.slice("# Error: ".length),
        yaml: text.replace(/^(# .*\n)+/, ""),
      };
    });
}
