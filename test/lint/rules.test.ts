// Faults that the rules must find; the import directions have a test of their own.
import { expect, test } from "vitest";
import { lint } from "./oxlint.ts";

const planted: Record<string, { rule: string; source: string }> = {
  "src/kube/environment.ts": {
    rule: "no-process-env",
    source: "export const home = process.env.HOME;\n",
  },
  "src/kube/floating.ts": {
    rule: "no-floating-promises",
    source: `const call = async (): Promise<void> => {};
export function start(): void {
  call();
}
`,
  },
  "src/kube/switch.ts": {
    rule: "switch-exhaustiveness-check",
    source: `export function say(state: "On" | "Off"): string {
  let text = "";
  switch (state) {
    case "On":
      text = "runs";
  }
  return text;
}
`,
  },
  "src/kube/any.ts": {
    rule: "no-unsafe-assignment",
    source: "export const parsed: { a: string } = JSON.parse('{}');\n",
  },
  "src/kube/thrown.ts": {
    rule: "only-throw-error",
    source: "export function fail(): never {\n  throw 'no';\n}\n",
  },
  "src/kube/cycle-a.ts": {
    rule: "no-cycle",
    source: `import { b } from "./cycle-b.ts";\nexport const a = (): unknown => b;\n`,
  },
  "src/kube/cycle-b.ts": {
    rule: "no-cycle",
    source: `import { a } from "./cycle-a.ts";\nexport const b = (): unknown => a;\n`,
  },
  "src/kube/long.ts": {
    rule: "max-lines",
    source: Array.from({ length: 301 }, (_, n) => `export const line${n} = ${n};\n`).join(""),
  },
};
const found = await lint(
  Object.fromEntries(Object.entries(planted).map(([path, { source }]) => [path, source])),
);

test.each(Object.entries(planted))("%s", (path, { rule }) => {
  expect(found.get(path)?.join("\n")).toContain(rule);
});

test("the environment may be read in src/config.ts", async () => {
  const source = "export const home = process.env.HOME;\n";
  expect((await lint({ "src/config.ts": source })).get("src/config.ts")).toEqual([]);
});
