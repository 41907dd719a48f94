// Writes docs/api/conditions.md from the comments in src/api/conditions.ts.
import { table } from "./reference.ts";

/** The Markdown of the page; `source` is the text of conditions.ts. */
export function generateConditions(source: string): string {
  const [types, reasons] = ["CONDITIONS", "REASONS"].map((name) => entries(source, name));
  return `${[
    "<!-- Generated from src/api/conditions.ts by `npm run generate`. Do not edit. -->",
    "# Conditions",
    "Every object says in `status.conditions` what is known about it. `kubectl wait --for=condition=Ready` waits for the one that sums up the others.",
    "## Types",
    table(["Type", "True means"], types ?? []),
    "## Reasons",
    "Events have the same words as reasons.",
    table(["Reason", "Means"], reasons ?? []),
  ].join("\n\n")}\n`;
}

/** The documented constants of one object literal. */
function entries(source: string, name: string): string[][] {
  const body = new RegExp(`export const ${name} = \\{(.*?)\\n\\} as const`, "s").exec(source)?.[1];
  if (body === undefined) throw new Error(`conditions.ts: no ${name}`);
  return [...body.matchAll(/\/\*\* ((?:(?!\*\/).)*) \*\/\s*\w+: "(\w+)"/gs)].map(
    ([, comment = "", value = ""]) => [`\`${value}\``, comment.replaceAll(/\s*\n\s*\*?\s*/g, " ")],
  );
}
