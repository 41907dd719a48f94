// `npm run dependencies`: the licences of all that the programs are made of, which fails where one doesn't fit, and what
// is known of flaws, which is told: an advisory of tonight mustn't stop a mend of today.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Dependency,
  goDependencies,
  isFit,
  npmDependencies,
} from "./dependencies/licences.ts";
import { report, root, runStep } from "./steps.ts";

const run = promisify(execFile);

const { stdout } = await run("go", ["run", "./cmd/licences", "../guest", "."], {
  cwd: join(root, "lab"),
  env: { ...process.env, CGO_ENABLED: "0" },
});
const all = [...npmDependencies(root), ...goDependencies(stdout)];
const unfit = all.filter(({ licence }) => !isFit(licence));
console.log(`${all.length} dependencies: ${summary(all)}`);
for (const { name, version, licence } of unfit)
  console.error(`${name} ${version}: ${licence ?? "no licence that anybody knows"}`);

const flaws = [
  {
    name: "known flaws, npm",
    host: "https://registry.npmjs.org/",
    command: "npm",
    args: ["audit", "--omit=dev"],
  },
  ...["guest", "lab"].map((cwd) => ({
    name: `known flaws, Go, ${cwd}`,
    host: "https://vuln.go.dev/index/db.json",
    command: "go",
    args: ["run", "golang.org/x/vuln/cmd/govulncheck@v1.9.0", "./..."],
    cwd,
  })),
];
for (const { host, ...step } of flaws) {
  console.log(`\n— ${step.name}`);
  // oxlint-disable-next-line no-await-in-loop -- one after the other: they print
  if (!(await answers(host))) console.log(`nothing is known: ${host} doesn't answer`);
  // oxlint-disable-next-line no-await-in-loop
  else if (!(await runStep(step))) console.log("look at the lines above");
}
report(unfit.length === 0 ? [] : ["licences"]);

function summary(dependencies: readonly Dependency[]): string {
  const counts = new Map<string, number>();
  for (const { licence = "none" } of dependencies)
    counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([licence, count]) => `${licence} ${count}`)
    .join(", ");
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}
