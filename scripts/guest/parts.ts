import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Part } from "./packages.ts";
import { run } from "./run.ts";

/** Licences by words that stand in their texts and in no other's. */
const licenceWords: readonly (readonly [RegExp, string])[] = [
  [/Apache License\s+Version 2\.0/, "Apache-2.0"],
  [/Mozilla Public License/i, "MPL-2.0"],
  [/Neither the name of/i, "BSD-3-Clause"],
  [/Redistribution and use in source and binary forms/, "BSD-2-Clause"],
  [/Permission to use, copy, modify, and(\/or)? distribute this software/, "ISC"],
  [/Permission is hereby granted, free of charge/, "MIT"],
];

/**
 * Writes PARTS.md and parts.json beside the ISO: every package and Go module in it, its version and licence, with
 * the licences' texts under licences/.
 */
export async function writeParts(
  out: string,
  packages: string,
  debian: readonly Part[],
  tether: string,
): Promise<void> {
  const texts = join(out, "licences");
  await rm(texts, { recursive: true, force: true });
  await mkdir(texts, { recursive: true });
  for (const part of debian) {
    await copyFile(join(packages, "usr/share/doc", part.name, "copyright"), join(texts, part.name));
  }
  const go = await goParts(tether, texts);
  const all = [
    ...debian.map((part) => ({ ...part, source: "Debian" })),
    ...go.map((part) => ({ ...part, source: "Go" })),
  ];
  await writeFile(join(out, "parts.json"), `${JSON.stringify(all, null, 2)}\n`);
  const rows = all.map(
    (part) => `| ${part.name} | ${part.version} | ${part.licence} | ${part.use} |`,
  );
  const lines = [
    "# Parts of the guest ISO",
    "",
    "Their licences' texts are in `licences/`. The source of the Debian packages is what `apt-get source <name>=<version>`",
    "fetches, unchanged; the source of the Go modules is what the Go module proxy serves.",
    "",
    "| part | version | licence | use |",
    "|---|---|---|---|",
    ...rows,
    "",
  ];
  await writeFile(join(out, "PARTS.md"), lines.join("\n"));
}

/** The modules that are linked into a Go program, by the program's own account, and Go itself. */
async function goParts(program: string, texts: string): Promise<readonly Part[]> {
  const account = await run("go", ["version", "-m", program]);
  const goRoot = (await run("go", ["env", "GOROOT"])).trim();
  const cache = (await run("go", ["env", "GOMODCACHE"])).trim();
  const version = /: go(\S+)/.exec(account)?.[1] ?? "unknown";
  const found: Part[] = [
    { ...(await licence(goRoot, "go", texts)), name: "go", version, use: "runtime and library" },
  ];
  for (const [, name = "", release = ""] of account.matchAll(/^\tdep\t(\S+)\t(\S+)/gm)) {
    const directory = join(cache, `${escapeModule(name)}@${release}`);
    found.push({
      ...(await licence(directory, name, texts)),
      name,
      version: release,
      use: "linked into tether",
    });
  }
  return found;
}

async function licence(
  directory: string,
  name: string,
  texts: string,
): Promise<{ licence: string }> {
  const file = (await readdir(directory)).find((entry) =>
    /^(licen[cs]e|copying)(\.\w+)?$/i.test(entry),
  );
  if (file === undefined) throw new Error(`${name} has no licence in ${directory}`);
  const text = await readFile(join(directory, file), "utf8");
  await writeFile(join(texts, name.replaceAll("/", "_")), text);
  const known = licenceWords.find(([words]) => words.test(text))?.[1];
  if (known === undefined)
    throw new Error(`the licence of ${name} isn't one this script knows: ${join(directory, file)}`);
  return { licence: known };
}

/** Module paths on disk have "!x" for "X". */
function escapeModule(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}
