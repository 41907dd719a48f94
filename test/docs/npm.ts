import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseLabArguments } from "../../scripts/lab/arguments.ts";
import { parseBenchArguments } from "../bench/arguments.ts";
import { root } from "./documents.ts";

/** What a script does with its arguments; throws where it doesn't know them. The others take none. */
const takes: Readonly<Record<string, (args: readonly string[]) => void>> = {
  lab: (args) => void parseLabArguments(args),
  bench: (args) => void parseBenchArguments(args),
  test(args) {
    const unknown = args.filter((filter) => !existsSync(path.join(root, filter)));
    if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: no test has this in its path`);
  },
};

/** Throws where a command of npm, as the documents write it, names a script or arguments that there aren't. */
export function checkNpmCommand(command: string): void {
  const [, verb = "", ...words] = command.split(/\s+/);
  if (["ci", "cit", "pack"].includes(verb) && words.length === 0) return;
  if (verb === "install") return;
  const script = verb === "run" ? (words.shift() ?? "") : verb;
  const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  if (!Object.hasOwn(scripts, script)) throw new Error(`${command}: no such script`);
  if (words.length > 0 && words.shift() !== "--")
    throw new Error(`${command}: npm keeps what doesn't follow --`);
  const check = takes[script];
  if (check) check(words);
  else if (words.length > 0) throw new Error(`${command}: the script takes no arguments`);
}
