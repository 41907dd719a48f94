// `npm test`: vitest, then the tests of the Go modules; the last line is the sum. `npm test -- <filter>` runs vitest alone,
// on what the filter names.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGoTests } from "./test/go.ts";
import { add, nothing, type Tally } from "./test/tally.ts";
import { readVitestReport } from "./test/vitest.ts";
import { root, runStep, script, tool } from "./steps.ts";

const filters = process.argv.slice(2);

let sum: Tally = nothing;
if (filters.length === 0 && existsSync(join(root, "scripts", "guest.ts"))) {
  console.log("\n— the guest's ISO");
  // Tests with booted guests need it; where it can't be built, they'd all fail for one reason.
  if (!(await runStep(script("guest", "guest.ts")))) sum = add(sum, { ...nothing, failed: 1 });
}
console.log("\n— vitest");
sum = add(sum, await runVitest());
if (filters.length === 0) {
  for (const folder of ["guest", "lab"]) {
    if (!existsSync(join(root, folder, "go.mod"))) continue;
    console.log(`\n— go test ${folder}`);
    // One after the other: both use all cores.
    // oxlint-disable-next-line no-await-in-loop
    sum = add(sum, await runGoTests(join(root, folder)));
  }
}
console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
if (sum.failed > 0) process.exitCode = 1;

async function runVitest(): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), "vic-test-"));
  try {
    const file = join(directory, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const succeeded = await runStep(tool("vitest", "vitest", "run", ...reporters, ...filters));
    const text = await readFile(file, "utf8").catch(() => undefined);
    return readVitestReport(text, succeeded);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
